import type { VNode } from "preact";
import { _, duration, label, number } from "../i18n.ts";
import { numbers } from "../numbers.ts";
import { desk } from "../store.ts";

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
