// Asks for the name and the inputs of a new instance.

import { useState } from "preact/hooks";
import { get, path, send } from "../api";
import { Dialog } from "../parts/Dialog";
import { Stale } from "../parts/Failure";
import { type Given, InputFields, valuesOf } from "../parts/InputFields";
import { notify } from "../parts/Notices";
import { NEVER, usePolled } from "../polling";
import { go, to } from "../routing";
import type { InputsOf } from "../types";

export function CreateDialog({ model, close }: { model: string; close: () => void }) {
  const inputs = usePolled(
    `inputs of ${model}`,
    (signal) => get<InputsOf>(path("model", model, "inputs"), {}, signal),
    NEVER,
  );
  const [name, setName] = useState("");
  const [given, setGiven] = useState<Given>({});
  const asked = inputs.value?.inputs ?? [];
  return (
    <Dialog
      title={`Create an instance of ${model}`}
      action="Create"
      close={close}
      act={async () => {
        const values = valuesOf(asked, given);
        const body = Object.keys(values).length === 0 ? undefined : { inputs: values };
        await send("PUT", path("instance"), { params: { model, name }, body });
        notify(`Instance ${name} of ${model} was created.`);
        go(to("instances", model, name));
      }}
    >
      <Stale error={inputs.error} />
      <label class="field">
        <span class="name">
          Name <span class="required">required</span>
        </span>
        <input required autocomplete="off" value={name} onInput={(event) => setName(event.currentTarget.value)} />
      </label>
      <InputFields inputs={asked} given={given} change={setGiven} />
    </Dialog>
  );
}
