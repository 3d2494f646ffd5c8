/** The short tone that announces a person, made here: one played by Asterisk would lie on the voices. */

const HERTZ = 880;
const LASTS_S = 0.14;

let sound: AudioContext | null = null;

/** Play it in the operator's ear, as loud as the voices. */
export function announce(volume: number): void {
  sound ??= new AudioContext();
  const begin = sound.currentTime;
  const tone = new OscillatorNode(sound, { frequency: HERTZ });
  const level = new GainNode(sound, { gain: 0 });
  level.gain.linearRampToValueAtTime(0.25 * volume, begin + 0.01);
  level.gain.setValueAtTime(0.25 * volume, begin + LASTS_S - 0.03);
  level.gain.linearRampToValueAtTime(0, begin + LASTS_S);
  tone.connect(level).connect(sound.destination);
  tone.start(begin);
  tone.stop(begin + LASTS_S);
}
