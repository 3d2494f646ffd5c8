import type { VNode } from "preact";
import { useLayoutEffect } from "preact/hooks";
import { choose, dialog, finish, gather, hangUp, hold, leave, ready, transfer } from "../actions.ts";
import { colleaguesNotes, colleaguesResult, drafts, mark, note, optOut, zone } from "../call.ts";
import { _, number, when } from "../i18n.ts";
import { onKeys } from "../keys.ts";
import { seat } from "../store.ts";
import type { Person, Seat } from "../types.ts";
import { resultLabel, Results } from "./Between.tsx";
import { Action, Dialog, Mark } from "./parts.tsx";
import { PersonCard } from "./PersonCard.tsx";
import { SurveyForm } from "./SurveyForm.tsx";

/** The talk and its wrap-up: who it is, what to say and ask, what to write down. */
export function Call({ call }: { call: Person }): VNode {
  const wrapping = seat.value?.state === "wrap_up";
  useLayoutEffect(
    () =>
      onKeys({
        N: () => document.getElementById("notes")?.focus(),
        Q: () => (zone.value = "survey"),
        D: () => (zone.value = "result"),
        Escape: () => (document.activeElement as HTMLElement | null)?.blur(),
      }),
    [],
  );
  return (
    <main class="call">
      <PersonCard call={call} />
      <SurveyForm call={call} />
      <Record call={call} />
      <footer class="actions">
        {wrapping ? (
          <Action hotkey="Enter" kind="main" act={() => void finish()}>
            {seat.value?.draining ? _("Done, then break") : _("Done: next person")}
          </Action>
        ) : (
          seat.value !== null && <Talking live={seat.value} />
        )}
        {seat.value?.draining ? (
          <Action hotkey="F2" act={() => void ready()}>
            {_("No break: stay ready")}
          </Action>
        ) : (
          <Action hotkey="F4" act={() => (dialog.value = "pause")}>
            {_("Break after this call")}
          </Action>
        )}
        <Action hotkey="F9" kind="danger" act={() => (dialog.value = "opt_out")}>
          {_("Never call again")}
        </Action>
        {seat.value?.draining && <span class="drain">{_("After this call you have a break.")}</span>}
      </footer>
    </main>
  );
}

/** What can be done with the person on the line. */
function Talking({ live }: { live: Seat }): VNode {
  const { held } = live;
  if (live.guest_of !== null)
    return (
      <Action hotkey="F8" act={() => void leave()}>
        {_("Leave: the colleague goes on")}
      </Action>
    );
  if (live.consults !== null) return held ? <Consulting seat={live.consults} /> : <AllThree />;
  return (
    <>
      <Action hotkey="F8" kind="danger" act={() => void hangUp()}>
        {_("Hang up")}
      </Action>
      <Action hotkey="F6" kind={held ? "main" : "plain"} act={() => void hold(!held)}>
        {held ? _("Talk again") : _("Hold")}
      </Action>
      <Action hotkey="F7" act={() => (dialog.value = "hand_on")}>
        {_("Hand on")}
      </Action>
      {!held && (
        <Action hotkey="K" act={() => (dialog.value = "keys")}>
          {_("Keys")}
        </Action>
      )}
    </>
  );
}

/** Two operators and the person. */
function AllThree(): VNode {
  return (
    <>
      <Action hotkey="F8" kind="danger" act={() => void hangUp()}>
        {_("Hang up")}
      </Action>
      <Action hotkey="F7" act={() => void leave()}>
        {_("Leave: the colleague goes on")}
      </Action>
    </>
  );
}

/** A colleague is asked; the person waits. */
function Consulting({ seat: other }: { seat: number }): VNode {
  return (
    <>
      <Action hotkey="F6" kind="main" act={() => void hold(false)}>
        {_("Talk again")}
      </Action>
      <Action hotkey="F7" act={() => void transfer(other)}>
        {_("Hand over to seat {seat}", { seat: number(other) })}
      </Action>
      <Action hotkey="J" act={() => void gather()}>
        {_("All three")}
      </Action>
    </>
  );
}

/** Notes and the result. */
function Record({ call }: { call: Person }): VNode {
  const draft = drafts.value?.of(call.attempt_id);
  const code = draft?.code ?? "";
  const active = zone.value === "result" && dialog.value === "none";
  const theirs = colleaguesResult(call);
  return (
    <section class={`record ${active ? "active" : ""}`} aria-label={_("Notes and result")}>
      {colleaguesNotes(call).map((one) => (
        <p key={one.operator_id} class="colleague">
          <strong>{_("{name} wrote:", { name: one.name })}</strong> <q>{one.notes}</q>
        </p>
      ))}
      <label for="notes">
        {_("Notes")} <kbd aria-hidden="true">N</kbd>
      </label>
      <textarea
        id="notes"
        maxLength={2000}
        value={draft?.notes ?? ""}
        onInput={(event) => note(call.attempt_id, event.currentTarget.value)}
      />
      <p class="kept">
        {code === "" ? (
          draft?.notes ? <Mark state={mark(`note:${call.attempt_id}`)} /> : <span>{_("Kept as you write.")}</span>
        ) : (
          <Mark state={mark(`result:${call.attempt_id}`)} />
        )}
      </p>
      <h2>
        {_("Result")} <kbd aria-hidden="true">D</kbd>
      </h2>
      {theirs !== null && (
        <p class="colleague" role="status">
          {_("{name} has chosen: {result}", { name: theirs.name, result: resultLabel(theirs.code) })}
        </p>
      )}
      <Results chosen={code} choose={(chosen) => choose(call.attempt_id, call.name || call.phone, chosen)} bound={active} />
      {draft !== undefined && draft.callbackAt > 0 && (
        <p class="opted-out">
          {_("Is called again: {time}", { time: when(draft.callbackAt) })} <Mark state={mark(`callback:${call.attempt_id}`)} />
        </p>
      )}
      {draft?.optedOut && (
        <p class="opted-out">
          {_("This number is not called again.")} <Mark state={mark(`optout:${call.attempt_id}`)} />
        </p>
      )}
    </section>
  );
}

export function OptOutDialog({ call }: { call: Person }): VNode {
  const close = (): void => void (dialog.value = "none");
  return (
    <Dialog title={_("Never call {name} again?", { name: call.name || call.phone })} close={close}>
      <p>{_("The number is taken out of all campaigns at once and for good.")}</p>
      <Action
        hotkey="Enter"
        kind="danger"
        act={() => {
          optOut(call.attempt_id);
          close();
        }}
      >
        {_("Yes, never call again")}
      </Action>
    </Dialog>
  );
}
