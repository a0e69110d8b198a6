// Asks which workflow is to be executed on an instance, and for its inputs.

import { useState } from "preact/hooks";
import { get, path, send } from "../api";
import { Dialog } from "../parts/Dialog";
import { Stale } from "../parts/Failure";
import { type Given, InputFields, valuesOf } from "../parts/InputFields";
import { notify } from "../parts/Notices";
import { NEVER, usePolled } from "../polling";
import type { Execution, InputsOf } from "../types";

export function ExecuteDialog({
  model,
  instance,
  close,
  done,
}: {
  model: string;
  instance: string;
  close: () => void;
  done: (begun: Execution) => void;
}) {
  const inputs = usePolled(
    `inputs of ${model}`,
    (signal) => get<InputsOf>(path("model", model, "inputs"), {}, signal),
    NEVER,
  );
  const [chosen, setChosen] = useState<string>();
  const [given, setGiven] = useState<Given>({});
  const workflows = Object.keys(inputs.value?.workflows ?? {});
  const workflow = chosen ?? workflows[0] ?? "";
  const asked = inputs.value?.workflows[workflow] ?? [];
  return (
    <Dialog
      title={`Execute a workflow on ${instance}`}
      action={workflow === "" ? "Execute" : `Execute ${workflow}`}
      close={close}
      act={async () => {
        const params = { model, instance, workflow };
        const values = valuesOf(asked, given);
        const body = Object.keys(values).length === 0 ? undefined : { inputs: values };
        const begun = await send<Execution>("PUT", path("exec"), { params, body });
        notify(`${workflow} has begun on ${instance}.`);
        done(begun);
      }}
    >
      <Stale error={inputs.error} />
      <label class="field">
        <span>Workflow</span>
        <select
          value={workflow}
          onChange={(event) => {
            setChosen(event.currentTarget.value);
            setGiven({});
          }}
        >
          {workflows.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <InputFields inputs={asked} given={given} change={setGiven} />
    </Dialog>
  );
}
