// Files of the API on the user's disk.  A plain link could not carry a token.

import { request } from "../api";

export async function download(where: string, name: string): Promise<void> {
  const content = await (await request(where)).blob();
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  URL.revokeObjectURL(link.href);
}
