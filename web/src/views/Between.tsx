import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { choose, dialog, pause, ready } from "../actions.ts";
import { drafts } from "../call.ts";
import { _, label, N_, number } from "../i18n.ts";
import { byNumber, learnModes, onlyByHand, takenNames } from "../modes.ts";
import { desk, seat } from "../store.ts";
import { standing } from "../trial.ts";
import type { Label, SeatState } from "../types.ts";
import { NextCallbacks, NumbersTable } from "./Numbers.tsx";
import { SeatCheck, Weaknesses } from "./SeatCheck.tsx";
import { Action, Dialog } from "./parts.tsx";

const CONNECTING = N_("Your telephone is being called. Please take the call.");

const BY_HAND = N_("Nobody is put through to you by itself: look up by the number whom you want to call.");

const HINT: Partial<Record<SeatState, string>> = {
  ready: N_("The next person is put through to you by itself. You hear a short tone."),
  reserved: N_("Somebody has answered and is being put through."),
  connecting: CONNECTING,
  unreachable: N_("Nobody is put through to you until your telephone answers again. It is tried again by itself."),
};

function pauseLabel(code: string): string {
  if (code === "desk_gone") return _("This desk had lost its connection; nobody was put through to you.");
  const found = desk.value.words?.pause_reasons.find((one) => one.code === code);
  return found === undefined ? _("Nobody is put through to you until you are ready.") : label(found);
}

function hintOf(state: SeatState): string {
  if (state === "ready" && onlyByHand.value) return BY_HAND;
  return HINT[state] ?? CONNECTING;
}

/** Everything that is not a call: waiting, breaks, a telephone that is away. */
export function Between(): VNode {
  const live = seat.value;
  const state = live?.state ?? "connecting";
  useEffect(() => void learnModes(), [live?.campaigns.join()]);
  const unchecked = state === "paused" && standing.value === "needed";
  return (
    <main class="between">
      {unchecked ? (
        <SeatCheck />
      ) : (
        <p class="hint">{state === "paused" ? pauseLabel(live?.reason ?? "") : _(hintOf(state))}</p>
      )}
      {state === "paused" && !unchecked && <Weaknesses />}
      {state === "ready" && live !== null && (
        <p class="campaigns">
          {_("Campaigns you take: {count}", { count: number(live.campaigns.length) })}
          {takenNames.value.length > 0 && <strong> {takenNames.value.join(", ")}</strong>}
        </p>
      )}
      <Unfinished />
      {live !== null && <NumbersTable />}
      {live !== null && <NextCallbacks />}
      <div class="actions">
        {state === "paused" && !unchecked && (
          <Action hotkey="F2" kind="main" act={() => void ready()}>
            {_("Ready")}
          </Action>
        )}
        {(state === "ready" || (state === "paused" && !unchecked)) && byNumber.value && (
          <Action hotkey="F3" kind={state === "ready" && onlyByHand.value ? "main" : "plain"} act={() => (dialog.value = "number")}>
            {_("Call a number")}
          </Action>
        )}
        <Action hotkey="F4" act={() => (dialog.value = "pause")}>
          {state === "paused" ? _("Another reason") : _("Take a break")}
        </Action>
      </div>
    </main>
  );
}

/** A call that ended before anybody said what became of it: its notes are still here. */
function Unfinished(): VNode | null {
  const open = drafts.value?.unfinished(seat.value?.attempt_id ?? null) ?? [];
  const first = open[0];
  if (first === undefined) return null;
  const [attempt, draft] = first;
  return (
    <section class="unfinished" aria-label={_("Calls without a result")}>
      <h2>{_("What became of the call with {name}?", { name: draft.name || "…" })}</h2>
      {draft.notes !== "" && <p class="notes">{draft.notes}</p>}
      <Results chosen="" choose={(code) => choose(attempt, draft.name || "…", code)} bound={dialog.value === "none"} />
    </section>
  );
}

interface ResultsProps {
  chosen: string;
  choose: (code: string) => void;
  bound: boolean;
}

/** What the code of a result is called. */
export function resultLabel(code: string): string {
  const found = desk.value.words?.dispositions.find((one) => one.code === code);
  return found === undefined ? code : label(found);
}

/** The results that can be recorded, each on its digit. */
export function Results({ chosen, choose, bound }: ResultsProps): VNode {
  const labels: Label[] = desk.value.words?.dispositions ?? [];
  return (
    <div class="results" role="group" aria-label={_("Result of the call")}>
      {labels.map((one) => (
        <Action key={one.code} hotkey={one.key} bound={bound} pressed={chosen === one.code} act={() => choose(one.code)}>
          {label(one)}
        </Action>
      ))}
    </div>
  );
}

export function PauseDialog(): VNode {
  const reasons = desk.value.words?.pause_reasons ?? [];
  const inCall = ["dialling", "talking", "wrap_up"].includes(seat.value?.state ?? "");
  return (
    <Dialog title={inCall ? _("Break after this call: why?") : _("Break: why?")} close={() => (dialog.value = "none")}>
      <div class="results">
        {reasons.map((one) => (
          <Action key={one.code} hotkey={one.key} act={() => void pause(one.code)}>
            {label(one)}
          </Action>
        ))}
      </div>
    </Dialog>
  );
}
