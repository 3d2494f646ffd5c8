import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { agree, dialog } from "../actions.ts";
import { offered, officeTime } from "../callbacks.ts";
import { _, when } from "../i18n.ts";
import { desk } from "../store.ts";
import { Action, Dialog } from "./parts.tsx";

/** When to call this person again. */
export function CallbackDialog({ name }: { name: string }): VNode {
  const times = useSignal(offered(Date.now() + desk.value.ahead)).value;
  const trouble = useSignal("");
  const own = useSignal("");
  const mine = useSignal(false);
  const close = (): void => void (dialog.value = "none");
  const take = async (dueAt: number): Promise<void> => {
    trouble.value = await agree(dueAt, mine.value);
  };
  return (
    <Dialog title={_("When do we call {name} again?", { name })} close={close}>
      <Action hotkey="0" pressed={mine.value} act={() => (mine.value = !mine.value)}>
        {_("With me, if I am free then")}
      </Action>
      <div class="results">
        {times.map((at, index) => (
          <Action key={at} hotkey={String(index + 1)} act={() => void take(at)}>
            {when(at)}
          </Action>
        ))}
      </div>
      <p class="own-time">
        <label>
          {_("Another time")}{" "}
          <input type="datetime-local" step="300" onInput={(event) => (own.value = event.currentTarget.value)} />
        </label>{" "}
        <Action hotkey="Enter" act={() => own.value !== "" && void take(officeTime(own.value))}>
          {_("Take this time")}
        </Action>
      </p>
      {trouble.value !== "" && <p role="alert">{trouble.value}</p>}
      <p class="kept">{_("Nothing is recorded before a time is chosen.")}</p>
    </Dialog>
  );
}
