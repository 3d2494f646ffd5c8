/**
 * The browser's telephone. It signs in at Asterisk, answers the seat's own leg by itself, and keeps it for the
 * whole shift; who is joined to the leg is the server's business. It comes back by itself after whatever happens.
 */

import { signal } from "@preact/signals";
import { UA } from "jssip";
import type { RTCSession } from "jssip/lib/RTCSession";
import type { IncomingRTCSessionEvent } from "jssip/lib/UA";
import { ask } from "../api.ts";
import { WatchedSocket } from "./socket.ts";
import { announce } from "./tone.ts";

/**
 * `no_microphone`: the browser gives none; `silent`: it may not play before something was clicked; `away`: not
 * signed in at Asterisk; `waiting`: signed in, the seat's leg is not up; `up`: the leg is up and heard.
 */
export type PhoneState = "off" | "no_microphone" | "silent" | "away" | "waiting" | "up";

interface Account {
  ws_url: string;
  aor: string;
  username: string;
  password: string;
  auto_answer: string;
}

interface IncomingRequest {
  getHeader(name: string): string | undefined;
}

const TRY_AGAIN_MS = [1_000, 2_000, 4_000, 8_000];
/** A network that hiccups for less is not noticed in a talk. */
const SILENT_MS = 4_000;
const KEPT_AS = "sampark.telephone";

/** Devices by their browser's id; empty: the system's own choice. `volume` 0..1. */
export interface Choice {
  microphone: string;
  speaker: string;
  volume: number;
}

const OWN: Choice = { microphone: "", speaker: "", volume: 1 };

export class Phone {
  readonly state = signal<PhoneState>("off");
  readonly muted = signal(false);
  readonly choice = signal<Choice>(keptChoice());

  #ua: UA | null = null;
  #socket: WatchedSocket | null = null;
  #account: Account | null = null;
  #session: RTCSession | null = null;
  #voice: MediaStream | null = null;
  #ear = new Audio();
  #failures = 0;
  #retry = 0;
  #stopped = false;

  /** Take the microphone and sign in; call it again to try again. */
  async start(): Promise<void> {
    this.#stopped = false;
    clearTimeout(this.#retry);
    this.#ear.autoplay = true;
    this.#ear.volume = this.choice.value.volume;
    if (!(await this.#takeMicrophone())) return;
    await this.#signIn();
  }

  /** Sign out, end the leg, give the microphone back. */
  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    this.#drop();
    this.#ua?.stop();
    this.#ua = null;
    this.#voice?.getTracks().forEach((track) => track.stop());
    this.#voice = null;
    this.state.value = "off";
  }

  /** The page goes: the leg ends now, not when Asterisk misses its sound, and the next page gets another. */
  leave(): void {
    this.#drop();
  }

  /** Not heard by the person, or heard again. */
  mute(on: boolean): void {
    this.muted.value = on;
    this.#voice?.getAudioTracks().forEach((track) => (track.enabled = !on));
  }

  /** The tone for a person who is put through. A new person is always heard. */
  announce(): void {
    this.mute(false);
    announce(this.choice.value.volume);
  }

  /** After a click the browser lets us be heard. */
  async unlock(): Promise<void> {
    await this.#play();
  }

  /** Look at the line at once: the network is back, or the machine woke up. */
  hurry(): void {
    if (this.#ua?.isConnected() === true && !this.#ua.isRegistered()) this.#ua.register();
  }

  /** The daemon may have begun anew, and then knows another password for us. */
  async again(): Promise<void> {
    if (!this.#stopped && this.#ua !== null) await this.#signIn();
  }

  /** Use these devices and this volume, now and from now on. */
  async choose(choice: Choice): Promise<void> {
    const before = this.choice.value;
    this.choice.value = choice;
    localStorage.setItem(KEPT_AS, JSON.stringify(choice));
    this.#ear.volume = choice.volume;
    if (choice.speaker !== before.speaker) await this.#ear.setSinkId(choice.speaker);
    if (choice.microphone !== before.microphone) await this.#replaceMicrophone();
  }

  async #replaceMicrophone(): Promise<void> {
    if (this.#stopped || !(await this.#takeMicrophone())) return;
    const track = this.#voice?.getAudioTracks()[0] ?? null;
    await this.connection()?.getSenders()[0]?.replaceTrack(track);
    this.#tell();
  }

  /** What the microphone gives; null while there is none. */
  get voice(): MediaStream | null {
    return this.#voice;
  }

  /** What comes on the line. */
  get heard(): MediaStream | null {
    return this.#ear.srcObject instanceof MediaStream ? this.#ear.srcObject : null;
  }

  // --- signing in

  async #signIn(): Promise<void> {
    const outcome = await ask<Account>("GET", "/api/v1/desk/softphone");
    if (this.#stopped) return;
    if (!outcome.ok) {
      this.state.value = "away";
      if (outcome.problem?.code !== "not_signed_in") this.#later();
      return;
    }
    const before = this.#account;
    this.#account = outcome.value;
    if (this.#ua !== null && before?.ws_url === outcome.value.ws_url && before.aor === outcome.value.aor) {
      // Another password only: a telephone made anew would end the talk.
      this.#ua.set("password", outcome.value.password);
      if (this.#ua.isConnected()) this.#ua.register();
      return;
    }
    this.#ua?.stop();
    this.#socket = new WatchedSocket(outcome.value.ws_url);
    this.#ua = new UA({
      sockets: this.#socket,
      uri: outcome.value.aor,
      authorization_user: outcome.value.username,
      password: outcome.value.password,
      register_expires: 60,
      session_timers: false,
      connection_recovery_min_interval: 1,
      connection_recovery_max_interval: 4,
      user_agent: "Sampark",
    });
    this.#listen(this.#ua);
    this.#ua.start();
  }

  #listen(ua: UA): void {
    ua.on("registered", () => {
      this.#failures = 0;
      this.#tell();
      // Asterisk may have ended the leg while the line was cut: asking shows it.
      if (this.#session?.isEstablished() === true) this.#session.renegotiate();
    });
    ua.on("unregistered", () => this.#tell());
    ua.on("disconnected", () => this.#tell());
    ua.on("registrationFailed", ({ response }: { response: { status_code: number } | null }) => {
      this.#tell();
      // The password is not (or no more) ours: the daemon has begun anew, and has another one for us.
      if (response !== null) this.#later();
    });
    ua.on("newRTCSession", (event: { originator: string }) => {
      if (event.originator === "remote") this.#ring(event as unknown as IncomingRTCSessionEvent);
    });
  }

  #later(): void {
    clearTimeout(this.#retry);
    const pause = TRY_AGAIN_MS[Math.min(this.#failures, TRY_AGAIN_MS.length - 1)];
    this.#failures += 1;
    this.#retry = window.setTimeout(() => void this.#signIn(), pause);
  }

  // --- the leg

  #ring({ session, request }: IncomingRTCSessionEvent): void {
    if (this.#stopped) {
      // Another desk took over while Asterisk rang: the leg is its.
      session.terminate({ status_code: 480 });
      return;
    }
    const info = (request as unknown as IncomingRequest).getHeader("Call-Info") ?? "";
    if (this.#account === null || !info.includes(this.#account.auto_answer)) {
      session.terminate({ status_code: 486 });
      return;
    }
    // Only one leg: Asterisk knows nothing more of an older one, or it would not call.
    this.#drop();
    this.#session = session;
    session.on("peerconnection", ({ peerconnection }: { peerconnection: RTCPeerConnection }) => {
      peerconnection.addEventListener("track", ({ streams }) => this.#hear(streams[0] ?? null));
      peerconnection.addEventListener("connectionstatechange", () => {
        const silent = (): boolean => this.#session === session && peerconnection.connectionState !== "connected";
        if (peerconnection.connectionState === "failed" && silent()) this.#drop();
        // The browser itself gives up after half a minute: until then people would be put through to nobody.
        if (peerconnection.connectionState === "disconnected") {
          window.setTimeout(() => silent() && this.#drop(), SILENT_MS);
        }
        this.#tell();
      });
    });
    session.on("ended", () => this.#over(session));
    session.on("failed", () => this.#over(session));
    session.on("confirmed", () => this.#tell());
    session.answer({ ...(this.#voice === null ? {} : { mediaStream: this.#voice }), pcConfig: { iceServers: [] } });
  }

  #over(session: RTCSession): void {
    if (this.#session === session) this.#session = null;
    this.#tell();
  }

  #drop(): void {
    const session = this.#session;
    this.#session = null;
    if (session !== null && !session.isEnded()) session.terminate();
  }

  /** The leg's connection, if it has one. */
  connection(): RTCPeerConnection | undefined {
    return this.#session?.connection as unknown as RTCPeerConnection | undefined;
  }

  #hear(stream: MediaStream | null): void {
    this.#ear.srcObject = stream;
    void this.#play();
  }

  async #play(): Promise<void> {
    try {
      await this.#ear.play();
      this.#tell();
    } catch {
      this.state.value = "silent";
    }
  }

  async #takeMicrophone(): Promise<boolean> {
    const { microphone } = this.choice.value;
    const audio = microphone === "" ? true : { deviceId: { ideal: microphone } };
    try {
      const voice = await navigator.mediaDevices.getUserMedia({ audio });
      this.#voice?.getTracks().forEach((track) => track.stop());
      this.#voice = voice;
      // Pulled out: perhaps there is another one.
      voice.getAudioTracks().forEach((track) => (track.onended = () => void this.#replaceMicrophone()));
      this.mute(this.muted.value);
      return true;
    } catch {
      this.state.value = "no_microphone";
      return false;
    }
  }

  #tell(): void {
    if (this.#stopped || this.#ua === null) return;
    const isUp = this.#session?.isEstablished() === true && this.connection()?.connectionState === "connected";
    if (isUp && this.#ear.paused) this.state.value = "silent";
    else if (isUp) this.state.value = "up";
    else this.state.value = this.#ua.isRegistered() ? "waiting" : "away";
  }
}

function keptChoice(): Choice {
  try {
    return { ...OWN, ...(JSON.parse(localStorage.getItem(KEPT_AS) ?? "{}") as Partial<Choice>) };
  } catch {
    return OWN;
  }
}
