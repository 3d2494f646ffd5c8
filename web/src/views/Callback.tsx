import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { dialog } from "../actions.ts";
import { callBack } from "../call.ts";
import { offered, officeTime } from "../callbacks.ts";
import { _, when } from "../i18n.ts";
import { desk } from "../store.ts";
import type { Person } from "../types.ts";
import { Action, Dialog } from "./parts.tsx";

/** When to call this person again. */
export function CallbackDialog({ call }: { call: Person }): VNode {
  const times = useSignal(offered(Date.now() + desk.value.ahead)).value;
  const trouble = useSignal("");
  const own = useSignal("");
  const mine = useSignal(false);
  const close = (): void => void (dialog.value = "none");
  const agree = async (dueAt: number): Promise<void> => {
    trouble.value = await callBack(call.attempt_id, dueAt, mine.value);
    if (trouble.value === "") close();
  };
  return (
    <Dialog title={_("When do we call {name} again?", { name: call.name || call.phone })} close={close}>
      <Action hotkey="0" pressed={mine.value} act={() => (mine.value = !mine.value)}>
        {_("With me, if I am free then")}
      </Action>
      <div class="results">
        {times.map((at, index) => (
          <Action key={at} hotkey={String(index + 1)} act={() => void agree(at)}>
            {when(at)}
          </Action>
        ))}
      </div>
      <p class="own-time">
        <label>
          {_("Another time")}{" "}
          <input type="datetime-local" step="300" onInput={(event) => (own.value = event.currentTarget.value)} />
        </label>{" "}
        <Action hotkey="Enter" act={() => own.value !== "" && void agree(officeTime(own.value))}>
          {_("Take this time")}
        </Action>
      </p>
      {trouble.value !== "" && <p role="alert">{trouble.value}</p>}
    </Dialog>
  );
}
