/** Small pieces that every region uses. */

import { type ComponentChildren, createContext, type VNode } from "preact";
import { useContext, useLayoutEffect, useRef } from "preact/hooks";
import { onKeys } from "../keys.ts";
import { _ } from "../i18n.ts";

interface ActionProps {
  /** The hotkey, as `keys.nameOf` names it. */
  hotkey: string;
  act: () => void;
  kind?: "main" | "danger" | "plain";
  pressed?: boolean;
  /** Whether the key is listened to here; false when something else gives it its meaning. */
  bound?: boolean;
  children: ComponentChildren;
}

/** Whether a part lies in a dialog: its keys then come before those of the page. */
const InDialog = createContext(false);

const SHOWN: Record<string, string> = { Escape: "Esc", Enter: "↵", NumpadMultiply: "*", NumpadDivide: "/", ArrowRight: "→" };

/** A button that shows its key, and does the same when that key is pressed. */
export function Action({ hotkey, act, kind = "plain", pressed, bound = true, children }: ActionProps): VNode {
  const latest = useRef(act);
  latest.current = act;
  const modal = useContext(InDialog);
  useLayoutEffect(
    () => (bound ? onKeys({ [hotkey]: () => latest.current() }, modal) : undefined),
    [hotkey, bound, modal],
  );
  return (
    <button
      type="button"
      class={`action ${kind}`}
      aria-keyshortcuts={hotkey}
      onClick={(event) => {
        // A click must not keep the focus: Enter would then mean this button and no longer what Enter shows.
        if (event.detail > 0) event.currentTarget.blur();
        act();
      }}
      {...(pressed === undefined ? {} : { "aria-pressed": pressed })}
    >
      <kbd aria-hidden="true">{SHOWN[hotkey] ?? hotkey}</kbd>
      <span>{children}</span>
    </button>
  );
}

interface DialogProps {
  title: string;
  close: () => void;
  children: ComponentChildren;
}

/** A question in front of the page; Esc closes it, and the keys of the page below rest. */
export function Dialog({ title, close, children }: DialogProps): VNode {
  const frame = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    frame.current?.showModal();
  }, []);
  return (
    <InDialog.Provider value={true}>
      <dialog ref={frame} aria-label={title} onCancel={close} onClose={close}>
        <h2>{title}</h2>
        {children}
        <Action hotkey="Escape" act={close}>
          {_("Back")}
        </Action>
      </dialog>
    </InDialog.Provider>
  );
}

/** Whether something is stored yet. */
export function Mark({ state }: { state: "saved" | "waiting" }): VNode {
  return state === "saved" ? (
    <span class="mark saved">✓ {_("saved")}</span>
  ) : (
    <span class="mark waiting">… {_("kept here, not sent yet")}</span>
  );
}
