import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { _, inLanguage, N_, number, said } from "../i18n.ts";
import { desk } from "../store.ts";
import type { Language, Person } from "../types.ts";
import { Action } from "./parts.tsx";

const LANGUAGES: Record<string, string> = { hi: N_("Hindi"), en: N_("English"), hne: N_("Chhattisgarhi") };
const KINDS: Record<string, string> = {
  citizen: N_("Citizen"),
  beneficiary: N_("Beneficiary"),
  worker: N_("Worker"),
  office_bearer: N_("Office-bearer"),
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
      <p class="phone">{call.phone}</p>
      <dl>
        {Object.entries(call.attributes).map(([name, value]) => (
          <Row key={name} name={attributeName(name)} value={String(value ?? "")} />
        ))}
        <Row name={_("Constituency")} value={call.constituency === null ? "" : number(call.constituency)} />
        <Row name={_("Booth")} value={call.booth} />
        <Row name={_("Language")} value={tongue === undefined ? call.language : _(tongue)} />
        <Row name={_("Is")} value={[kind === undefined ? call.kind : _(kind), call.role].filter(Boolean).join(", ")} />
        <Row name={_("Schemes")} value={call.schemes.join(", ")} />
        <Row name={_("Campaign")} value={call.campaign} />
      </dl>
      <Script call={call} />
    </section>
  );
}

const OPENING = [
  N_("Namaste, {name}. My name is {operator}; I am calling from {office}."),
  N_("It is about: {about}. Do you have two minutes?"),
  N_("Thank you for your time. If you do not want such calls, tell me, and nobody calls you again."),
];

/** What to say, with the names in it; first in the person's own language. */
function Script({ call }: { call: Person }): VNode {
  const spoken = useSignal<Language>(call.language === "en" ? "en" : "hi");
  const { me, words } = desk.value;
  const values = {
    name: call.name,
    operator: me?.name ?? "",
    office: said(words?.office ?? {}, spoken.value),
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
      {OPENING.map((line) => (
        <p key={line} lang={spoken.value}>
          {inLanguage(spoken.value, line, values)}
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
