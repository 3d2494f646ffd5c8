import type { VNode } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { askHelp } from "../actions.ts";
import { background } from "../call.ts";
import { _, duration, language, N_, number, speak } from "../i18n.ts";
import { signOut } from "../session.ts";
import { onKeys } from "../keys.ts";
import { secondsSince } from "../state.ts";
import { desk, now, seat } from "../store.ts";
import type { Seat, SeatState } from "../types.ts";
import { Telephone } from "./Telephone.tsx";

/** What each state is called, large enough to be read from a metre. */
export const STATE: Record<SeatState, string> = {
  signed_out: N_("Connecting"),
  connecting: N_("Connecting"),
  paused: N_("On a break"),
  ready: N_("Ready"),
  preview: N_("Next person"),
  dialling: N_("Calling"),
  reserved: N_("Somebody is coming"),
  talking: N_("In a call"),
  wrap_up: N_("After the call"),
  unreachable: N_("The telephone does not answer"),
};

export function LanguageSwitch(): VNode {
  const other = language.value === "hi" ? "en" : "hi";
  return (
    <button type="button" class="switch" lang={other} aria-keyshortcuts="G" onClick={() => speak(other)}>
      {other === "hi" ? "हिन्दी" : "English"} <kbd aria-hidden="true">G</kbd>
    </button>
  );
}

/** How long the state lasts; after a call, how much of the time to write is left. */
function timer(live: Seat): string {
  const lasts = secondsSince(desk.value, live.since, now.value);
  const told = background.value;
  const limit = told !== null && told.attempt_id === live.attempt_id ? told.wrap_up_s : null;
  if (live.state !== "wrap_up" || limit === null) return duration(lasts);
  return `− ${duration(Math.ceil(Math.max(0, limit - lasts)))}`;
}

/** The supervisor is one key away, in a call or not. */
function Help({ asks }: { asks: boolean }): VNode {
  useLayoutEffect(() => onKeys({ F10: () => void askHelp(!asks) }), [asks]);
  return (
    <button
      type="button"
      class={`switch ${asks ? "asking" : ""}`}
      aria-keyshortcuts="F10"
      aria-pressed={asks}
      onClick={() => void askHelp(!asks)}
    >
      {asks ? _("Supervisor is called") : _("Help")} <kbd aria-hidden="true">F10</kbd>
    </button>
  );
}

function wordOf(live: Seat | null): string {
  if (live === null) return _("Connecting");
  if (live.interrupted === "waits") return _("The person waits for you");
  if (live.guest_of !== null) return _("Seat {seat} asks you", { seat: number(live.guest_of) });
  if (live.consults !== null) {
    const text = live.held ? _("On hold; with seat {seat}") : _("Three; with seat {seat}");
    return text.replace("{seat}", number(live.consults));
  }
  return live.held ? _("On hold") : _(STATE[live.state]);
}

/** The coloured band on top: state and its time, who sits where, and how the line to the server is. */
export function Bar(): VNode {
  const { me, link } = desk.value;
  const live = seat.value;
  const word = wordOf(live);
  return (
    <header class="bar">
      <h1 aria-live="assertive">{word}</h1>
      {live !== null && (
        <span class="timer" role="timer">
          {timer(live)}
        </span>
      )}
      <span class={`line ${link}`} role="status">
        {link === "up" ? _("Connected") : _("Not connected")}
      </span>
      <Telephone />
      <span class="who">
        {me?.name} · {_("Seat {seat}", { seat: number(me?.seat ?? 0) })}
      </span>
      <Help asks={live?.asks_help ?? false} />
      <LanguageSwitch />
      <button type="button" class="switch" onClick={() => void signOut()}>
        {_("Sign out")}
      </button>
    </header>
  );
}
