import type { VNode } from "preact";
import { nearness } from "../callbacks.ts";
import { _, duration, label, number, when } from "../i18n.ts";
import { numbers, ownCallbacks } from "../numbers.ts";
import { desk, now } from "../store.ts";

/** What the operator did today, beside the mean of the room. */
export function NumbersTable(): VNode | null {
  const told = numbers.value;
  if (told === null) return null;
  const { mine, room } = told;
  const rows: [string, string, string][] = [
    [_("Calls"), number(mine.calls), number(Math.round(room.calls * 10) / 10)],
    [_("Time in calls"), duration(mine.talk_s), duration(room.talk_s)],
    [_("Time waiting"), duration(mine.waiting_s), duration(room.waiting_s)],
  ];
  const results = (desk.value.words?.dispositions ?? []).filter((one) => one.code in told.dispositions);
  return (
    <section class="numbers">
      <table>
        <thead>
          <tr>
            <th scope="col">{_("Today")}</th>
            <th scope="col">{_("You")}</th>
            <th scope="col">{_("Mean of the room")}</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, own, all]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td>{own}</td>
              <td>{all}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {results.length > 0 && (
        <p>{results.map((one) => `${label(one)}: ${number(told.dispositions[one.code] ?? 0)}`).join(" · ")}</p>
      )}
    </section>
  );
}

/** Who wants to speak with this operator again: the next three. */
export function NextCallbacks(): VNode | null {
  const own = ownCallbacks.value;
  if (own.length === 0) return null;
  const at = (now.value + desk.value.ahead) / 1000;
  return (
    <section class="own-callbacks" aria-label={_("To be called again, with you")}>
      <h2>{_("To be called again, with you")}</h2>
      <ul>
        {own.map((one) => {
          const near = nearness(one.due_at, at);
          return (
            <li key={`${one.due_at} ${one.name}`} class={near}>
              <time>{when(one.due_at)}</time> <b>{one.name || "…"}</b> <small>{one.campaign}</small>
              {near === "due" && <em>{_("due now")}</em>}
              {near === "soon" && <em>{_("soon")}</em>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
