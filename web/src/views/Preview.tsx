import type { VNode } from "preact";
import { dial, dialog, skip } from "../actions.ts";
import { _, label } from "../i18n.ts";
import { desk, seat } from "../store.ts";
import type { Person } from "../types.ts";
import { Action } from "./parts.tsx";
import { PersonCard } from "./PersonCard.tsx";

/** The person before the call: have them called, or pass them over; then the wait until they answer. */
export function Preview({ call }: { call: Person }): VNode {
  const calling = seat.value?.state === "dialling";
  return (
    <main class="call preview">
      <PersonCard call={call} />
      <section class="record" aria-label={_("This person")}>
        {calling ? (
          <p class="hint" role="status">
            {_("{name} is being called. You hear a short tone when they answer.", { name: call.name || _("The person") })}
          </p>
        ) : (
          <>
            <Action hotkey="F2" kind="main" act={() => void dial(call.attempt_id)}>
              {_("Call this person")}
            </Action>
            <h2>{_("Not now: why?")}</h2>
            <div class="results">
              {(desk.value.words?.skip_reasons ?? []).map((one) => (
                <Action key={one.code} hotkey={one.key} bound={dialog.value === "none"} act={() => void skip(call.attempt_id, one.code)}>
                  {label(one)}
                </Action>
              ))}
            </div>
          </>
        )}
        <Action hotkey="F4" act={() => (dialog.value = "pause")}>
          {calling ? _("Break after this call") : _("Take a break")}
        </Action>
      </section>
    </main>
  );
}
