import type { VNode } from "preact";
import { _, N_ } from "../i18n.ts";
import { QUIET } from "../phone/loudness.ts";
import { begin, finish, listening, result } from "../trial.ts";
import { Action } from "./parts.tsx";

const FAULTS: Record<string, string> = {
  no_line: N_("The line was gone during the check. Wait until the telephone is connected, then check again."),
  no_sound_arrives: N_("Nothing of your voice arrives. Look whether the headset is plugged in and switched on."),
  microphone_silent: N_("The microphone is silent. Switch it on, or choose another one with T."),
  nothing_comes_back: N_("Your voice goes out, but does not come back. Call the supervisor with F10."),
  not_heard: N_("Your voice comes back, but you do not hear it. Choose another loudspeaker with T, or turn the volume up."),
};

const WEAKNESSES: Record<string, string> = {
  jitter: N_("The line is unsteady: people may hear you badly. Tell the supervisor."),
  loss: N_("Parts of what is said get lost on the line. Tell the supervisor."),
  delay: N_("What is said arrives late. Tell the supervisor."),
};

/** Before the first person: speak, hear yourself, say so. */
export function SeatCheck(): VNode {
  const trial = listening.value;
  return (
    <section class="seat-check" aria-label={_("Check of the telephone")}>
      {trial === null ? <Outcome /> : <Listening />}
      <div class="actions">
        {trial === null ? (
          <Action hotkey="F2" kind="main" act={() => void begin()}>
            {result.value === null ? _("Check the telephone") : _("Check again")}
          </Action>
        ) : (
          <>
            <Action hotkey="F2" kind="main" act={() => void finish(true)}>
              {_("I hear myself")}
            </Action>
            <Action hotkey="F8" act={() => void finish(false)}>
              {_("I hear nothing")}
            </Action>
          </>
        )}
      </div>
    </section>
  );
}

function Listening(): VNode {
  const ear = listening.value?.ear ?? null;
  return (
    <>
      <p class="hint">{_("Speak a few words. You should hear yourself.")}</p>
      {ear !== null && (
        <div class="levels">
          <Level word={_("Your voice goes out")} level={ear.microphone?.level.value ?? QUIET} />
          <Level word={_("Your voice comes back")} level={ear.returned?.level.value ?? QUIET} />
        </div>
      )}
    </>
  );
}

/** Speech lies between -60 dBFS and -10. */
function Level({ word, level }: { word: string; level: number }): VNode {
  return (
    <label>
      {word}
      <meter min={-70} max={-10} low={-60} optimum={-20} value={Math.max(-70, Math.min(-10, level))} />
    </label>
  );
}

/** What came of the last check, with what to do about it. */
function Outcome(): VNode {
  const last = result.value;
  if (last === null) return <p class="hint">{_("Before the first person: check that you hear and are heard.")}</p>;
  const texts = [...last.faults.map((one) => FAULTS[one] ?? one), ...last.weaknesses.map((one) => WEAKNESSES[one] ?? one)];
  return (
    <div role="alert" class={last.passed ? "weak" : "failed"}>
      {texts.map((text) => (
        <p key={text} class="hint">
          {_(text)}
        </p>
      ))}
    </div>
  );
}

/** A line that carries people, though badly, is said after the check too. */
export function Weaknesses(): VNode | null {
  const last = result.value;
  return last?.passed === true && last.weaknesses.length > 0 ? <Outcome /> : null;
}
