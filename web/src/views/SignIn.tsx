import { useSignal } from "@preact/signals";
import type { TargetedSubmitEvent, VNode } from "preact";
import { keptSeat, signIn } from "../session.ts";
import { _, N_ } from "../i18n.ts";
import { desk } from "../store.ts";
import { LanguageSwitch } from "./Bar.tsx";

const ENDED: Record<string, string> = {
  signed_out: N_("You have signed out."),
  taken_over: N_("This sign-in was taken over: the same name or the same seat was used elsewhere."),
  signed_out_by_supervisor: N_("A supervisor has signed this desk out."),
  idle: N_("The sign-in has ended because nothing was heard of it for long."),
  revoked: N_("The sign-in was withdrawn."),
};

interface Refusal {
  text: string;
  /** Somebody else sits there, and this person may say that it is meant. */
  mayTakeOver: boolean;
}

function focus(field: HTMLInputElement | null): void {
  field?.focus();
}

/** One sign-in for everybody; each role is led to its own place. */
export function SignIn(): VNode {
  const refusal = useSignal<Refusal | null>(null);
  const busy = useSignal(false);
  /** The password was right, and this person has a second factor. */
  const wantsCode = useSignal(false);
  const elsewhere = new URLSearchParams(location.search).has("next");

  async function submit(form: HTMLFormElement, takeOver: boolean): Promise<void> {
    const given = new FormData(form);
    const text = (name: string): string => String(given.get(name) ?? "").trim();
    busy.value = true;
    const seat = text("seat");
    const outcome = await signIn({
      username: text("username").toLowerCase(),
      password: String(given.get("password") ?? ""),
      code: text("code").replace(/\s/g, "") || null,
      seat: seat === "" ? null : Number(seat),
      take_over: takeOver,
    });
    busy.value = false;
    if (outcome.ok) return;
    const problem = outcome.problem;
    const taken = problem?.code === "seat_taken";
    if (problem?.code === "code_needed") wantsCode.value = true;
    const words = taken ? problem.title : problem === null ? _("The server does not answer.") : `${problem.title} ${problem.fix}`;
    refusal.value = { text: words, mayTakeOver: taken };
  }

  function onSubmit(event: TargetedSubmitEvent<HTMLFormElement>): void {
    event.preventDefault();
    void submit(event.currentTarget, refusal.value?.mayTakeOver ?? false);
  }

  const ended = ENDED[desk.value.ended];
  return (
    <main class="sign-in">
      <header>
        <h1>{_("Sampark")}</h1>
        <LanguageSwitch />
      </header>
      {ended !== undefined && <p class="ended" role="status">{_(ended)}</p>}
      <form onSubmit={onSubmit}>
        <label>
          {_("User name")}
          <input name="username" autocomplete="username" autocapitalize="none" required autofocus />
        </label>
        <label>
          {_("Password")}
          <input name="password" type="password" autocomplete="current-password" required />
        </label>
        {wantsCode.value && (
          <label>
            {_("Code of your app")}
            <input name="code" autocomplete="one-time-code" autocapitalize="none" maxlength={23} ref={focus} />
            <small>{_("Without your telephone: one of your recovery codes.")}</small>
          </label>
        )}
        {!elsewhere && (
          <label>
            {_("Seat")}
            <input name="seat" type="number" min="1" max="250" inputmode="numeric" defaultValue={keptSeat()} />
            <small>{_("The number at your place; leave it empty for work without a telephone.")}</small>
          </label>
        )}
        <p class="refusal" role="alert">{refusal.value?.text}</p>
        <button class="action main" disabled={busy.value}>
          <span>{refusal.value?.mayTakeOver ? _("Take the seat over") : _("Sign in")}</span>
        </button>
      </form>
    </main>
  );
}
