import type { VNode } from "preact";
import { calledAgain, dialog } from "../actions.ts";
import { shown } from "../call.ts";
import { _ } from "../i18n.ts";
import { desk, seat, waking } from "../store.ts";
import type { Person } from "../types.ts";
import { Bar } from "./Bar.tsx";
import { Between, PauseDialog } from "./Between.tsx";
import { Call, OptOutDialog } from "./Call.tsx";
import { CallbackDialog } from "./Callback.tsx";
import { HandOnDialog, KeysDialog } from "./HandOn.tsx";
import { NumberDialog } from "./Number.tsx";
import { Preview } from "./Preview.tsx";
import { SignIn } from "./SignIn.tsx";
import { TelephoneDialog } from "./Telephone.tsx";
import { Notice, Replaced, Trouble } from "./Trouble.tsx";

function Waking(): VNode {
  return (
    <main class="between">
      <h1>{_("Connecting")}</h1>
    </main>
  );
}

function Main({ call }: { call: Person | null }): VNode {
  const state = seat.value?.state;
  if (call !== null && (state === "talking" || state === "wrap_up")) return <Call key={call.attempt_id} call={call} />;
  if (call !== null && (state === "preview" || state === "dialling")) return <Preview call={call} />;
  return <Between />;
}

/** The whole page; the state of the seat decides what is on it. */
export function Desk(): VNode {
  const { me, replaced } = desk.value;
  if (me === null) return waking.value ? <Waking /> : <SignIn />;
  const call = shown.value;
  const inCall = call !== null && (seat.value?.state === "talking" || seat.value?.state === "wrap_up");
  return (
    <div class={`desk ${(seat.value?.held ?? false) || seat.value?.guest_of != null ? "held" : (seat.value?.state ?? "connecting")} ${desk.value.link}`}>
      <Bar />
      <Trouble />
      {replaced ? <Replaced /> : <Main call={call} />}
      <Notice />
      {dialog.value === "pause" && <PauseDialog />}
      {dialog.value === "telephone" && <TelephoneDialog />}
      {dialog.value === "number" && <NumberDialog />}
      {dialog.value === "hand_on" && inCall && <HandOnDialog call={call} />}
      {dialog.value === "callback" && calledAgain.value !== null && <CallbackDialog name={calledAgain.value.name} />}
      {dialog.value === "keys" && inCall && <KeysDialog />}
      {dialog.value === "opt_out" && inCall && <OptOutDialog call={call} />}
    </div>
  );
}
