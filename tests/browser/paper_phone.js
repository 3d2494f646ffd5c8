// Stands in for the built telephone where there is no Asterisk: a line that is up, and a microphone that beeps.
const LACKS = "paper.lacks_microphone";

export class Phone {
  state = { value: localStorage.getItem(LACKS) === null ? "up" : "no_microphone" };
  muted = { value: false };
  choice = { value: { microphone: "", speaker: "", volume: 0.8 } };
  voice = null;
  heard = null;
  async start() {
    this.voice = this.heard = await navigator.mediaDevices.getUserMedia({ audio: true });
  }
  async choose(choice) { this.choice.value = choice; }
  async again() {}
  async unlock() {}
  connection() {}
  mute(on) { this.muted.value = on; }
  announce() {}
  hurry() {}
  leave() {}
  stop() {}
}
