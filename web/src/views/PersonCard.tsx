import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { background } from "../call.ts";
import { _, filled, inLanguage, label, language, N_, number, said, when } from "../i18n.ts";
import { desk } from "../store.ts";
import type { Language, Person, Said } from "../types.ts";
import { Action } from "./parts.tsx";

const LANGUAGES: Record<string, string> = { hi: N_("Hindi"), en: N_("English"), hne: N_("Chhattisgarhi") };
const KINDS: Record<string, string> = {
  citizen: N_("Citizen"),
  beneficiary: N_("Beneficiary"),
  worker: N_("Worker"),
};

function Row({ name, value }: { name: string; value: string }): VNode | null {
  if (value === "") return null;
  return (
    <div>
      <dt>{name}</dt>
      <dd>{value}</dd>
    </div>
  );
}

/** Who is on the line. */
export function PersonCard({ call }: { call: Person }): VNode {
  const kind = KINDS[call.kind];
  const tongue = LANGUAGES[call.language];
  return (
    <section class="person" aria-label={_("The person on the line")}>
      <h2 class="name">{call.name || _("Name not known")}</h2>
      <p class="phone">{call.phone}{call.inbound ? ` · ${_("Called us")}` : ""}</p>
      <dl>
        {Object.entries(call.attributes).map(([name, value]) => (
          <Row key={name} name={attributeName(name)} value={String(value ?? "")} />
        ))}
        <Row name={_("Constituency")} value={constituency(call)} />
        <Row name={_("Booth")} value={call.booth} />
        <Row name={_("Language")} value={tongue === undefined ? call.language : _(tongue)} />
        <Row name={_("Is")} value={[kind === undefined ? call.kind : _(kind), call.role].filter(Boolean).join(", ")} />
        <Row name={_("Schemes")} value={call.schemes.map((word) => schemeName(call, word, language.value)).join(", ")} />
        <Row name={_("Campaign")} value={call.campaign} />
      </dl>
      <Earlier call={call} />
      <Script call={call} />
    </section>
  );
}

/** What the scheme is called; the list's own word while the name is not known. */
function schemeName(call: Person, word: string, wanted: Language): string {
  const names = background.value?.attempt_id === call.attempt_id ? background.value.schemes : {};
  return said(names[word] ?? {}, wanted) || word;
}

function constituency(call: Person): string {
  if (call.constituency === null) return "";
  const names = background.value?.attempt_id === call.attempt_id ? background.value.constituency : {};
  return `${number(call.constituency)} ${said(names)}`.trim();
}

/** What was said when this person was called before. */
function Earlier({ call }: { call: Person }): VNode | null {
  const told = background.value;
  if (told === null || told.attempt_id !== call.attempt_id || told.earlier.length === 0) return null;
  return (
    <section class="earlier" aria-label={_("Earlier calls")}>
      <h3>{_("Earlier calls")}</h3>
      <ul>
        {told.earlier.map((talk) => (
          <li key={talk.at}>
            <strong>{when(talk.at)}</strong> {result(talk.disposition, talk.outcome)}
            {talk.notes !== "" && <q>{talk.notes}</q>}
          </li>
        ))}
      </ul>
    </section>
  );
}

function result(code: string, outcome: string): string {
  const found = desk.value.words?.dispositions.find((one) => one.code === code);
  if (found !== undefined) return label(found);
  return outcome === "surveyed" ? _("answered the keypad survey") : _("answered the call");
}

const OPENING = [
  N_("Namaste, {name}. My name is {operator}; I am calling from {office}."),
  N_("It is about: {about}. Do you have two minutes?"),
  N_("Thank you for your time. If you do not want such calls, tell me, and nobody calls you again."),
];

/** Those of the person's own schemes come first; lists write `PMUY` where scripts write `pmuy`. */
function factsFor(call: Person, facts: Record<string, Said>): [string, Said][] {
  const own = new Set(call.schemes.map((code) => code.toLowerCase()));
  const isOwn = (code: string): number => Number(own.has(code.toLowerCase()));
  return Object.entries(facts).sort(([one], [other]) => isOwn(other) - isOwn(one));
}

/** What to say, with the names in it; first in the person's own language. */
function Script({ call }: { call: Person }): VNode {
  const spoken = useSignal<Language>(call.language === "en" ? "en" : "hi");
  const open = useSignal(false);
  const { me, words } = desk.value;
  const given = background.value?.attempt_id === call.attempt_id ? background.value.script : null;
  const facts = factsFor(call, given?.facts ?? {});
  const values = {
    name: call.name,
    operator: me?.name ?? "",
    office: said(words?.office ?? {}, spoken.value),
    campaign: call.campaign,
    about: call.survey === null ? call.campaign : said(call.survey.title, spoken.value),
  };
  return (
    <section class="script" aria-label={_("What to say")}>
      <h3>
        {_("What to say")}
        <Action hotkey="L" act={() => (spoken.value = spoken.value === "hi" ? "en" : "hi")}>
          {spoken.value === "hi" ? "English" : "हिन्दी"}
        </Action>
      </h3>
      {(given === null
        ? OPENING.map((line) => inLanguage(spoken.value, line, values))
        : filled(said(given.say, spoken.value), values).split("\n")
      ).map((line) => (
        <p key={line} lang={spoken.value}>
          {line}
        </p>
      ))}
      {facts.length > 0 && (
        <Action hotkey="I" pressed={open.value} act={() => (open.value = !open.value)}>
          {_("Facts on the schemes")}
        </Action>
      )}
      {open.value &&
        facts.map(([code, text]) => (
          <p key={code} class="fact" lang={spoken.value}>
            <strong>{schemeName(call, code, spoken.value)}</strong> {filled(said(text, spoken.value), values)}
          </p>
        ))}
    </section>
  );
}

const ATTRIBUTES: Record<string, string> = { village: N_("Village"), ward: N_("Ward"), block: N_("Block") };

function attributeName(name: string): string {
  const known = ATTRIBUTES[name];
  return known === undefined ? name : _(known);
}
