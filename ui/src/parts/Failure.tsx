// What went wrong, where it belongs: the message of the API, and its problems grouped by file.

import type { ApiError } from "../api";
import { grouped } from "../grouping";
import type { Problem } from "../types";

export function Failure({ error }: { error: ApiError | undefined }) {
  if (error === undefined) return null;
  return (
    <div class="failure" role="alert">
      <p>
        <strong>{heading(error)}</strong> <code>{error.code}</code>
      </p>
      <ProblemList problems={error.problems} />
    </div>
  );
}

/** Where each problem is told by itself, how many there are is enough. */
function heading({ message, problems }: ApiError): string {
  if (problems.length === 0) return message;
  return problems.length === 1 ? "A problem was found." : `${problems.length} problems were found.`;
}

export function ProblemList({ problems }: { problems: readonly Problem[] }) {
  return (
    <>
      {[...byFile(problems)].map(([file, found]) => (
        <section key={file} class="problems" aria-label={file || "Problems"}>
          {file && <h3>{file}</h3>}
          <ul>
            {found.map((problem) => (
              <li key={JSON.stringify(problem)}>
                <span class={`severity ${problem.severity}`}>{problem.severity}</span>
                {problem.line ? (
                  <span class="where">
                    line {problem.line}
                    {problem.column ? `, column ${problem.column}` : ""}
                  </span>
                ) : null}
                <span class="message">{problem.message}</span>
                <span class="details">
                  {problem.path && <code class="path">{problem.path}</code>} <code>{problem.code}</code>
                </span>
              </li>
            ))}
          </ul>
        </section>
      ))}
    </>
  );
}

export function byFile(problems: readonly Problem[]): Map<string, Problem[]> {
  return grouped(problems, (problem) => problem.file ?? "");
}

/** A list or a picture that cannot be read now: what was read before stays, and this says that it is old. */
export function Stale({ error }: { error: ApiError | undefined }) {
  if (error === undefined) return null;
  return error.passing ? (
    <p class="stale" role="status">
      {error.message} Trying again…
    </p>
  ) : (
    <Failure error={error} />
  );
}
