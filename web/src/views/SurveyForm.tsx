import { useSignal } from "@preact/signals";
import type { VNode } from "preact";
import { useLayoutEffect, useRef } from "preact/hooks";
import { dialog } from "../actions.ts";
import { answer, answersOf, goTo, halfTyped, mark, place, typeHalf, zone } from "../call.ts";
import { _, language, number, said } from "../i18n.ts";
import { onKeys } from "../keys.ts";
import type { Person, Question } from "../types.ts";
import { Action, Mark } from "./parts.tsx";

/** The campaign's survey: the same questions and values as on the keypad. */
export function SurveyForm({ call }: { call: Person }): VNode {
  const survey = call.survey;
  useLayoutEffect(
    () => onKeys({ ArrowDown: () => goTo(place.value + 1), ArrowUp: () => goTo(place.value - 1) }),
    [],
  );
  if (survey === null) {
    return (
      <section class="survey">
        <h2>{_("This campaign asks no questions.")}</h2>
        <p>{_("Talk, then choose the result.")}</p>
      </section>
    );
  }
  const answers = answersOf(call);
  const done = survey.questions.filter((one) => one.name in answers).length;
  const active = zone.value === "survey" && dialog.value === "none";
  return (
    <section class={`survey ${active ? "active" : ""}`} aria-label={_("Questions")}>
      <h2>
        {said(survey.title)} <kbd aria-hidden="true">Q</kbd>
        <span class="progress">
          {_("{done} of {all} answered", { done: number(done), all: number(survey.questions.length) })}
        </span>
      </h2>
      <ol>
        {survey.questions.map((question, index) => (
          <Item
            key={question.name}
            call={call}
            question={question}
            value={answers[question.name]}
            isCurrent={index === place.value}
            active={active}
            open={() => goTo(index)}
          />
        ))}
      </ol>
    </section>
  );
}

interface ItemProps {
  call: Person;
  question: Question;
  value: string | undefined;
  isCurrent: boolean;
  /** Whether the digits belong to the survey now. */
  active: boolean;
  open: () => void;
}

function Item({ call, question, value, isCurrent, active, open }: ItemProps): VNode {
  const row = useRef<HTMLLIElement>(null);
  useLayoutEffect(() => {
    if (isCurrent) row.current?.scrollIntoView({ block: "nearest" });
  }, [isCurrent]);
  return (
    <li ref={row} class={isCurrent ? "current" : ""} aria-current={isCurrent ? "step" : undefined}>
      <button type="button" class="question" onClick={open}>
        {said(question.say, language.value)}
      </button>
      {isCurrent &&
        (question.options.length > 0 ? (
          <Choices call={call} question={question} value={value} active={active} />
        ) : (
          <Typed call={call} question={question} value={value} active={active} />
        ))}
      {value !== undefined && (
        <p class="given">
          {!isCurrent && <strong>{shownAs(question, value)}</strong>}
          <Mark state={mark(`answer:${call.attempt_id}:${question.name}`)} />
        </p>
      )}
    </li>
  );
}

function shownAs(question: Question, value: string): string {
  const option = question.options.find((one) => one.value === value);
  return option === undefined ? value : said(option.say) || value;
}

type AnswerProps = Pick<ItemProps, "call" | "question" | "value" | "active">;

function Choices({ call, question, value, active }: AnswerProps): VNode {
  return (
    <div class="choices" role="group" aria-label={said(question.say)}>
      {question.options.map((one) => (
        <Action
          key={one.value}
          hotkey={one.key}
          bound={active}
          pressed={one.value === value}
          act={() => answer(call, question, one.value)}
        >
          {said(one.say) || one.value}
        </Action>
      ))}
    </div>
  );
}

/** A number or a date: the first digit goes into the field, Enter saves. */
function Typed({ call, question, value, active }: AnswerProps): VNode {
  const field = useRef<HTMLInputElement>(null);
  const fault = useSignal("");
  useLayoutEffect(() => {
    if (!active) return undefined;
    const focus = (digit: string) => (): void => {
      if (field.current === null) return;
      field.current.focus();
      if (question.kind !== "number") return;
      field.current.value = digit;
      typeHalf(call.attempt_id, question.name, digit);
    };
    return onKeys(Object.fromEntries([..."0123456789"].map((digit) => [digit, focus(digit)])));
  }, [active, question.name]);

  function save(): void {
    const typed = field.current?.value.trim() ?? "";
    if (typed === "" || typed === value) {
      typeHalf(call.attempt_id, question.name, "");
      return;
    }
    if (!isWithin(question, typed)) {
      fault.value = _("Between {least} and {most}", { least: question.minimum, most: question.maximum });
      return;
    }
    fault.value = "";
    field.current?.blur();
    typeHalf(call.attempt_id, question.name, "");
    answer(call, question, typed);
  }

  const common = {
    ref: field,
    "aria-label": said(question.say),
    inputmode: "numeric",
    defaultValue: halfTyped(call.attempt_id, question.name) || (value ?? ""),
    onInput: (event: Event): void =>
      typeHalf(call.attempt_id, question.name, (event.currentTarget as HTMLInputElement).value),
    min: question.minimum,
    max: question.maximum,
    onKeyDown: (event: KeyboardEvent): void => {
      if (event.key === "Enter") save();
    },
    onBlur: save,
  } as const;
  return (
    <div class="typed">
      {question.kind === "number" ? <input type="text" {...common} /> : <input type="date" {...common} />}
      <kbd aria-hidden="true">↵</kbd>
      <span>{question.minimum} – {question.maximum}</span>
      <span class="refusal" role="alert">{fault.value}</span>
    </div>
  );
}

export function isWithin(question: Question, typed: string): boolean {
  if (question.kind !== "number") return typed >= question.minimum && typed <= question.maximum;
  return /^\d{1,9}$/.test(typed) && Number(typed) >= Number(question.minimum) && Number(typed) <= Number(question.maximum);
}
