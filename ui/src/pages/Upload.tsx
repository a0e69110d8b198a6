// Where an archive is dropped, or chosen, to become a model; what is wrong with it is shown right here.

import { useRef, useState } from "preact/hooks";
import { type ApiError, path, send, shown } from "../api";
import { Failure, ProblemList } from "../parts/Failure";
import { notify } from "../parts/Notices";
import { to } from "../routing";
import type { Model } from "../types";

/** What became of the last upload. */
interface Outcome {
  model: string;
  stored?: Model;
  error?: ApiError;
}

export function Upload({ done }: { done: () => void }) {
  const [name, setName] = useState("");
  const [over, setOver] = useState(false);
  const [busy, setBusy] = useState<string>();
  const [outcome, setOutcome] = useState<Outcome>();
  const field = useRef<HTMLInputElement>(null);

  const upload = async (file: File | undefined) => {
    if (file === undefined || busy !== undefined) return;
    const model = name.trim() || modelNamed(file.name);
    setBusy(`Uploading ${file.name} as ${model}…`);
    setOutcome(undefined);
    setOutcome(await put(model, file));
    setBusy(undefined);
    setName("");
    done();
  };

  return (
    <section class="card" aria-label="Upload a model">
      <div
        class={`drop${over ? " over" : ""}`}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={(event) => {
          event.preventDefault();
          setOver(false);
          void upload(event.dataTransfer?.files[0]);
        }}
      >
        <p>
          <strong>Drop an archive here</strong> (CSAR: a zip with a TOSCA service template), or choose one.
        </p>
        <div class="upload-fields">
          <label>
            <span>Name of the model</span>
            <input
              value={name}
              placeholder="that of the file"
              autocomplete="off"
              onInput={(event) => setName(event.currentTarget.value)}
            />
          </label>
          <button type="button" class="primary" disabled={busy !== undefined} onClick={() => field.current?.click()}>
            Choose a file…
          </button>
          <input
            ref={field}
            class="hidden"
            type="file"
            aria-label="Archive"
            accept=".zip,.csar"
            tabIndex={-1}
            onChange={(event) => {
              void upload(event.currentTarget.files?.[0]);
              event.currentTarget.value = "";
            }}
          />
        </div>
      </div>
      <div role="status">
        {busy !== undefined && <p>{busy}</p>}
        {outcome?.stored !== undefined && <Stored model={outcome.stored} />}
      </div>
      <Failure error={outcome?.error} />
    </section>
  );
}

function Stored({ model }: { model: Model }) {
  const count = model.warnings.length;
  return (
    <>
      <p>
        <a href={to("models", model.model)}>{model.model}</a> is stored
        {count > 0 && `, with ${count} ${count === 1 ? "warning" : "warnings"}`}.
      </p>
      <ProblemList problems={model.warnings} />
    </>
  );
}

async function put(model: string, file: File): Promise<Outcome> {
  const body = new FormData();
  body.append("file", file);
  try {
    const stored = await send<Model>("PUT", path("csar"), { params: { model }, body });
    notify(`Model ${model} is stored.`);
    return { model, stored };
  } catch (refused) {
    return { model, error: shown(refused) };
  }
}

/** A name for a model out of that of its file: what no name may have is left out. */
export function modelNamed(file: string): string {
  const name = file.replace(/\.(zip|csar)$/i, "").replace(/[^A-Za-z0-9_.-]+/g, "-");
  return name.replace(/^[^A-Za-z0-9]+/, "").slice(0, 100) || "model";
}
