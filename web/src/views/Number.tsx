import { signal, useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { dialog, lookUp } from "../actions.ts";
import { _ } from "../i18n.ts";
import { seat } from "../store.ts";
import { Action, Dialog } from "./parts.tsx";

/** Kept while somebody who answered comes between: the number need not be typed twice. */
const typed = signal("");

const close = (): void => void (dialog.value = "none");

/** A telephone number; whose it is is shown next, if they may be called. */
export function NumberDialog(): VNode | null {
  const trouble = useSignal("");
  const asking = useSignal(false);
  const isFree = seat.value?.state === "ready" || seat.value?.state === "paused";
  useEffect(() => {
    if (!isFree) close();
  }, [isFree]);
  const look = async (): Promise<void> => {
    if (asking.value || typed.value.trim() === "") return;
    asking.value = true;
    trouble.value = "";
    trouble.value = await lookUp(typed.value);
    asking.value = false;
    if (trouble.value !== "") return;
    typed.value = "";
    close();
  };
  if (!isFree) return null;
  return (
    <Dialog title={_("Whom do you want to call?")} close={close}>
      <form
        class="typed"
        onSubmit={(event) => {
          event.preventDefault();
          void look();
        }}
      >
        <label>
          {_("Telephone number")}
          <input
            type="tel"
            autoFocus
            autoComplete="off"
            maxLength={100}
            aria-invalid={trouble.value !== ""}
            value={typed.value}
            onInput={(event) => (typed.value = event.currentTarget.value)}
          />
        </label>
      </form>
      <p>{_("The person is shown first; nobody is called yet.")}</p>
      {trouble.value !== "" && <p role="alert" class="refusal">{trouble.value}</p>}
      <Action hotkey="Enter" kind="main" act={() => void look()}>
        {_("Show the person")}
      </Action>
    </Dialog>
  );
}
