/** Puts the desk on the page. */

import { render } from "preact";
import { followCalls } from "./call.ts";
import { language, loadTexts, speak } from "./i18n.ts";
import { listen, onKeys } from "./keys.ts";
import { followNumbers } from "./numbers.ts";
import { followTelephone } from "./phone/telephone.ts";
import { followLink, resume } from "./session.ts";
import { startClock, waking } from "./store.ts";
import { followTrials } from "./trial.ts";
import "./style.css";
import { Desk } from "./views/Desk.tsx";

async function begin(): Promise<void> {
  await loadTexts();
  followLink();
  followCalls();
  followTelephone();
  followTrials();
  followNumbers();
  startClock();
  onKeys({ G: () => speak(language.value === "hi" ? "en" : "hi") });
  listen(window);
  const place = document.getElementById("desk");
  if (place !== null) render(<Desk />, place);
  await resume();
  waking.value = false;
}

void begin();
