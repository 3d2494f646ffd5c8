import type { VNode } from "preact";
import { outbox } from "../call.ts";
import { _, duration, N_, number } from "../i18n.ts";
import { useHere } from "../session.ts";
import { desk, notice, now, seat } from "../store.ts";
import { Action } from "./parts.tsx";

/** What is wrong with the line to the server or was with the telephone, what happens by itself, what is safe. */
export function Trouble(): VNode | null {
  const { link, downSince } = desk.value;
  if (link === "up" || link === "opening") return <Interrupted />;
  return (
    <div class="trouble" role="alert">
      <strong>
        {link === "restarting" ? _("The system is being restarted.") : _("The connection to the server is lost.")}
      </strong>{" "}
      {_("It comes back by itself. A talk goes on as long as your telephone is connected; what you write is kept here.")}{" "}
      <span role="timer">{duration((now.value - downSince) / 1000)}</span>
    </div>
  );
}

/** Why the person is not heard any more although nobody hung up. */
const INTERRUPTED = {
  waits: N_(
    "Your telephone was cut off in the talk. It is being called again; the person hears music. After 5 seconds a colleague who is ready may take them.",
  ),
  given_on: N_("Your telephone did not come back in time: a colleague talks with this person now. Write down what you heard."),
  ended: N_("Your telephone was cut off in the talk, and the call is over. Write down what you heard."),
};

function Interrupted(): VNode | null {
  const how = seat.value?.interrupted ?? "";
  if (how === "") return null;
  return (
    <div class="trouble" role="alert">
      {_(INTERRUPTED[how])}
    </div>
  );
}

/** The last line of the page: what is not stored yet, and what was refused. */
export function Notice(): VNode {
  const waiting = outbox.value?.waiting.value.length ?? 0;
  return (
    <p class={`notice ${notice.value?.isFault ? "fault" : ""}`} role="status">
      {notice.value?.text}
      {waiting > 0 && desk.value.link !== "up" && (
        <span> {_("Not sent yet: {count}", { count: number(waiting) })}</span>
      )}
    </p>
  );
}

export function Replaced(): VNode {
  return (
    <main class="between">
      <h2>{_("This desk is open in another window.")}</h2>
      <p class="hint">{_("Go on there, or take it back into this window.")}</p>
      <div class="actions">
        <Action hotkey="Enter" kind="main" act={useHere}>
          {_("Use this window")}
        </Action>
      </div>
    </main>
  );
}
