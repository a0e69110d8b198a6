// The REST API from the page's side: every request goes through `request`.

import * as session from "./session";
import type { Page, Problem } from "./types";

/** The manager refused, or does not answer: `status` is 0 then. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly problems: readonly Problem[] = [],
  ) {
    super(message);
  }

  /** Whether the same request may well succeed a moment later. */
  get passing(): boolean {
    return this.status === 0 || this.status === 502 || this.status === 503;
  }
}

export interface Request {
  method?: "GET" | "PUT" | "POST" | "DELETE";
  params?: Record<string, string | number | boolean | undefined>;
  body?: unknown;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
}

/** A path of the API, whatever characters are in the names. */
export function path(...parts: string[]): string {
  return parts.map((part) => `/${encodeURIComponent(part)}`).join("");
}

/** The answer to a request, before its body is read.  Throws ApiError unless it is a success. */
export async function request(where: string, wanted: Request = {}): Promise<Response> {
  const response = await sent(where, wanted);
  if (response.ok) return response;
  if (response.status === 401) session.refused();
  throw await refusal(response);
}

export async function get<T>(where: string, params: Request["params"] = {}, signal?: AbortSignal): Promise<T> {
  return (await request(where, { params, signal })).json() as Promise<T>;
}

export async function text(where: string, params: Request["params"] = {}, signal?: AbortSignal): Promise<string> {
  return (await request(where, { params, signal })).text();
}

/** Send a change; null when the answer has no body. */
export async function send<T>(method: "PUT" | "POST" | "DELETE", where: string, wanted: Request = {}): Promise<T> {
  const response = await request(where, { ...wanted, method });
  return (response.status === 204 ? null : await response.json()) as T;
}

/** All items of a list, page by page. */
export async function all<T>(where: string, params: Request["params"] = {}, signal?: AbortSignal): Promise<T[]> {
  const items: T[] = [];
  let after: string | undefined;
  for (;;) {
    const page = await get<Page<T>>(where, { ...params, limit: 1000, after }, signal);
    items.push(...page.items);
    if (page.next === null) return items;
    after = page.next;
  }
}

async function sent(where: string, { method = "GET", params = {}, body, headers = {}, signal }: Request) {
  const given = Object.entries(params).filter((pair): pair is [string, string] => pair[1] !== undefined);
  const query = new URLSearchParams(given.map(([name, value]) => [name, String(value)])).toString();
  const token = session.token();
  const file = body instanceof FormData;
  try {
    return await fetch(where + (query && `?${query}`), {
      method,
      headers: {
        ...headers,
        ...(token === null ? {} : { Authorization: `Bearer ${token}` }),
        ...(body === undefined || file ? {} : { "Content-Type": "application/json" }),
      },
      body: body === undefined ? null : file ? body : JSON.stringify(body),
      signal: signal ?? null,
    });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The manager does not answer.");
  }
}

async function refusal(response: Response): Promise<ApiError> {
  try {
    const { error } = (await response.json()) as { error: { code: string; message: string; problems?: Problem[] } };
    return new ApiError(response.status, error.code, error.message, error.problems ?? []);
  } catch {
    return new ApiError(
      response.status,
      "not-a-manager",
      `The server answered ${response.status}, not as a manager does.`,
    );
  }
}

/** Whether an error only says that nobody wants the answer any more. */
export function isAborted(error: unknown): boolean {
  return error instanceof DOMException && error.name === "AbortError";
}

/** Any error as one that can be shown. */
export function shown(error: unknown): ApiError {
  return error instanceof ApiError ? error : new ApiError(-1, "page-error", String(error));
}
