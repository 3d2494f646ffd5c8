import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useEffect, useLayoutEffect } from "preact/hooks";
import { dialog } from "../actions.ts";
import { _, N_ } from "../i18n.ts";
import { onKeys } from "../keys.ts";
import type { Choice, Phone, PhoneState } from "../phone/phone.ts";
import { kind, phone, use } from "../phone/telephone.ts";
import { Action, Dialog } from "./parts.tsx";

const STATE: Record<PhoneState, string> = {
  off: N_("Telephone: signing in"),
  away: N_("Telephone: signing in"),
  no_microphone: N_("No microphone"),
  silent: N_("Telephone: click to hear"),
  waiting: N_("Telephone: waiting for the line"),
  up: N_("Telephone: connected"),
};

/** How the telephone is, in the band on top; a click, or T, opens what can be chosen. */
export function Telephone(): VNode {
  const own = phone.value;
  const state = own?.state.value ?? "off";
  const act = (): void => {
    if (state === "silent") void own?.unlock();
    else dialog.value = "telephone";
  };
  useLayoutEffect(() => onKeys({ T: act, M: () => own?.mute(!own.muted.value) }), [own, state]);
  return (
    <>
      <button type="button" class={`switch telephone ${kind.value === "table" ? "table" : state}`} aria-keyshortcuts="T" onClick={act}>
        {kind.value === "table" ? _("Telephone on the table") : _(STATE[state])} <kbd aria-hidden="true">T</kbd>
      </button>
      {own !== null && state === "up" && (
        <button
          type="button"
          class="switch mute"
          aria-keyshortcuts="M"
          aria-pressed={own.muted.value}
          onClick={() => own.mute(!own.muted.value)}
        >
          {own.muted.value ? _("You are not heard") : _("Mute")} <kbd aria-hidden="true">M</kbd>
        </button>
      )}
    </>
  );
}

/** This computer or a telephone on the table; microphone, loudspeaker, volume. */
export function TelephoneDialog(): VNode {
  const own = phone.value;
  return (
    <Dialog title={_("Telephone")} close={() => (dialog.value = "none")}>
      <div class="results">
        <Action hotkey="1" pressed={kind.value === "browser"} act={() => use("browser")}>
          {_("This computer with a headset")}
        </Action>
        <Action hotkey="2" pressed={kind.value === "table"} act={() => use("table")}>
          {_("A telephone on the table")}
        </Action>
      </div>
      {own !== null && own.state.value === "no_microphone" && (
        <p role="alert">
          {_("The browser gives no microphone. Plug in the headset and allow the microphone beside the address, then:")}{" "}
          <Action hotkey="3" act={() => void own.start()}>
            {_("Try again")}
          </Action>
        </p>
      )}
      {own !== null && <Devices own={own} />}
    </Dialog>
  );
}

function Devices({ own }: { own: Phone }): VNode {
  const devices = useSignal<MediaDeviceInfo[]>([]);
  const choice = own.choice.value;
  const change = (changed: Partial<Choice>): void => void own.choose({ ...choice, ...changed });
  useEffect(() => {
    const look = async (): Promise<void> => {
      devices.value = await navigator.mediaDevices.enumerateDevices();
    };
    void look();
    navigator.mediaDevices.addEventListener("devicechange", look);
    return () => navigator.mediaDevices.removeEventListener("devicechange", look);
  }, []);
  const options = (of: MediaDeviceKind): VNode[] =>
    devices.value
      .filter((one) => one.kind === of && one.deviceId !== "")
      .map((one) => (
        <option key={one.deviceId} value={one.deviceId}>
          {one.label}
        </option>
      ));
  return (
    <div class="devices">
      <label>
        {_("Microphone")}
        <select value={choice.microphone} onChange={(event) => change({ microphone: event.currentTarget.value })}>
          <option value="">{_("The computer's choice")}</option>
          {options("audioinput")}
        </select>
      </label>
      <label>
        {_("Loudspeaker")}
        <select value={choice.speaker} onChange={(event) => change({ speaker: event.currentTarget.value })}>
          <option value="">{_("The computer's choice")}</option>
          {options("audiooutput")}
        </select>
      </label>
      <label>
        {_("Volume")}
        <input
          type="range"
          min="0"
          max="1"
          step="0.05"
          value={choice.volume}
          onInput={(event) => change({ volume: Number(event.currentTarget.value) })}
        />
      </label>
    </div>
  );
}
