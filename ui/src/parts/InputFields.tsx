// A field for each input that a model or a workflow declares.

import type { Input, Values } from "../types";

/** What was typed, by the input's name; what is not there was not touched. */
export type Given = Readonly<Record<string, string>>;

const NUMBERS: ReadonlySet<string> = new Set(["integer", "float"]);
const SECRET = /password|secret|token/i;
const TEXTS: ReadonlySet<string> = new Set(["string", "timestamp", "version"]);

/** The values as the API takes them; what was left empty is not given.  The manager says what is wrong with them. */
export function valuesOf(inputs: readonly Input[], given: Given): Values {
  const filled = inputs.filter(({ name }) => (given[name] ?? "") !== "");
  return Object.fromEntries(filled.map((input) => [input.name, understood(input, given[input.name] ?? "")]));
}

function understood({ type }: Input, text: string): unknown {
  if (TEXTS.has(type) || type.startsWith("scalar-unit")) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

export function InputFields(props: { inputs: readonly Input[]; given: Given; change: (given: Given) => void }) {
  const { inputs, given, change } = props;
  return (
    <>
      {inputs.map((input) => (
        <label key={input.name} class="field">
          <span class="name">
            {input.name} <span class="faint">{input.type}</span>
            {input.required && <span class="required"> required</span>}
            {input.description && <span class="hint">{input.description}</span>}
          </span>
          <Field
            input={input}
            value={given[input.name] ?? ""}
            change={(text) => change({ ...given, [input.name]: text })}
          />
        </label>
      ))}
    </>
  );
}

function Field({ input, value, change }: { input: Input; value: string; change: (text: string) => void }) {
  const { type, required } = input;
  const shown = input.default === null ? "" : written(input.default);
  if (type === "boolean") {
    return (
      <select value={value} required={required} onChange={(event) => change(event.currentTarget.value)}>
        <option value="">{shown === "" ? "" : `${shown} (default)`}</option>
        <option value="true">true</option>
        <option value="false">false</option>
      </select>
    );
  }
  if (type === "list" || type === "map" || type.includes(".")) {
    return (
      <textarea
        rows={3}
        required={required}
        value={value}
        placeholder={shown || "as JSON"}
        onInput={(event) => change(event.currentTarget.value)}
      />
    );
  }
  const common = {
    autocomplete: "off",
    required,
    value,
    placeholder: shown,
    onInput: (event: InputEvent & { currentTarget: HTMLInputElement }) => change(event.currentTarget.value),
  };
  // A password that is typed here is not to be read over a shoulder.
  if (SECRET.test(input.name)) return <input type="password" {...common} />;
  return <input type="text" inputMode={NUMBERS.has(type) ? "decimal" : "text"} {...common} />;
}

function written(value: unknown): string {
  return typeof value === "string" ? value : JSON.stringify(value);
}
