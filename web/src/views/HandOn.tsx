import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect } from "preact/hooks";
import { consult, dialog, pressKeys, toSurvey, transfer } from "../actions.ts";
import { ask } from "../api.ts";
import { _, number } from "../i18n.ts";
import { seat } from "../store.ts";
import type { Colleague, Person } from "../types.ts";
import { Action, Dialog } from "./parts.tsx";

const close = (): void => void (dialog.value = "none");

/** As many as there are digits. */
const PAGE = 9;

const isLeader = (one: Colleague): boolean => one.role === "supervisor" || one.role === "admin";

/** Who takes the person: a colleague, whoever is ready, or the survey by keypad. */
export function HandOnDialog({ call }: { call: Person }): VNode {
  const colleagues = useSignal<Colleague[] | null>(null);
  useEffect(() => {
    void ask<{ colleagues: Colleague[] }>("GET", "/api/v1/desk/colleagues").then((told) => {
      colleagues.value = told.ok ? told.value.colleagues : [];
    });
  }, []);
  const held = seat.value?.held ?? false;
  const asks = useSignal(false);
  const page = useSignal(0);
  const ready = (colleagues.value ?? []).filter((one) => one.ready);
  const pages = Math.ceil(ready.length / PAGE);
  const shown = ready.slice(page.value * PAGE, (page.value + 1) * PAGE);
  return (
    <Dialog title={_("Hand on")} close={close}>
      <div class="results">
        {shown.map((one, index) => (
          <Action key={one.seat} hotkey={String(index + 1)} act={() => void (asks.value ? consult(one.seat) : transfer(one.seat))}>
            {one.name} · {_("Seat {seat}", { seat: number(one.seat) })}
            {isLeader(one) && ` · ${_("Supervisor")}`}
          </Action>
        ))}
        {ready.length > PAGE && (
          <Action hotkey="ArrowRight" act={() => (page.value = (page.value + 1) % pages)}>
            {_("More colleagues ({page} of {pages})", { page: number(page.value + 1), pages: number(pages) })}
          </Action>
        )}
        {ready.length > 0 && held && (
          <Action hotkey="F" pressed={asks.value} act={() => (asks.value = !asks.value)}>
            {_("Ask first")}
          </Action>
        )}
        {ready.length > 0 && !asks.value && (
          <Action hotkey="0" act={() => void transfer(null)}>
            {_("Whoever is ready")}
          </Action>
        )}
        {call.survey !== null && !asks.value && (
          <Action hotkey="S" act={() => void toSurvey()}>
            {_("The survey by keypad")}
          </Action>
        )}
      </div>
      {colleagues.value !== null && ready.length === 0 && (
        <p role="status">{_("No colleague is ready now. Try again in a moment.")}</p>
      )}
    </Dialog>
  );
}

const KEYS: [string, string][] = [
  ..."123456789".split("").map((digit): [string, string] => [digit, digit]),
  ["NumpadMultiply", "*"],
  ["0", "0"],
  ["NumpadDivide", "#"],
];

/** Keys for a menu at the other end of the line. */
export function KeysDialog(): VNode {
  const pressed = useSignal("");
  const press = (key: string): void => {
    pressed.value += key;
    void pressKeys(key);
  };
  return (
    <Dialog title={_("Keys")} close={close}>
      <p class="pressed" role="status">
        {pressed.value === "" ? _("Each key sounds at once on the person's line.") : pressed.value}
      </p>
      <div class="keypad">
        {KEYS.map(([hotkey, key]) => (
          <Action key={key} hotkey={hotkey} act={() => press(key)}>
            {key}
          </Action>
        ))}
      </div>
    </Dialog>
  );
}
