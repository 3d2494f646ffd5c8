/**
 * Hotkeys. Single keys work while no text field has the focus, F-keys always. Keys are physical places
 * (`KeyN`), so that a Hindi keyboard layout changes nothing.
 */

export interface Press {
  code: string;
  inField: boolean;
}

type Act = () => void;

interface Layer {
  acts: Map<string, Act>;
  modal: boolean;
}

const layers: Layer[] = [];

/**
 * Listen for these keys until the returned function is called; a newer layer is asked first. While a
 * `modal` layer listens, all others rest.
 */
export function onKeys(acts: Readonly<Record<string, Act>>, modal = false): () => void {
  const layer = { acts: new Map(Object.entries(acts)), modal };
  layers.push(layer);
  return () => {
    layers.splice(layers.indexOf(layer), 1);
  };
}

/** `Digit7` and `Numpad7` are one key; `NumpadEnter` is Enter. */
export function nameOf(code: string): string {
  if (/^(?:Digit|Numpad)\d$/.test(code)) return code.slice(-1);
  if (code === "NumpadEnter") return "Enter";
  return code.startsWith("Key") ? code.slice(3) : code;
}

/** What this key does now, if anything. */
export function actOf(press: Press): Act | undefined {
  const key = nameOf(press.code);
  if (press.inField && !/^F\d+$/.test(key) && key !== "Escape") return undefined;
  const isModal = layers.some((layer) => layer.modal);
  for (const layer of layers.toReversed()) {
    const act = layer.modal === isModal ? layer.acts.get(key) : undefined;
    if (act !== undefined) return act;
  }
  return undefined;
}

const FIELDS = "input:not([type=radio]):not([type=checkbox]), textarea, select";

export function listen(target: Window): void {
  target.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || event.repeat) return;
    const element = event.target instanceof Element ? event.target : null;
    const inField = element?.matches(FIELDS) ?? false;
    // Enter on a focused button is that button's.
    if (nameOf(event.code) === "Enter" && element?.matches("button, a")) return;
    const act = actOf({ code: event.code, inField });
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}
