// Short notices of what was done, told to screen readers too, gone after some seconds.

import { useEffect, useState } from "preact/hooks";

interface Notice {
  id: number;
  text: string;
}

const SHOWN = 6000; // milliseconds
let number = 0;
let add: (notice: Notice) => void = () => undefined;

export function notify(text: string): void {
  add({ id: ++number, text });
}

export function NoticeList() {
  const [notices, setNotices] = useState<Notice[]>([]);
  useEffect(() => {
    add = (notice) => {
      setNotices((before) => [...before.slice(-2), notice]);
      setTimeout(() => setNotices((before) => before.filter((found) => found.id !== notice.id)), SHOWN);
    };
  }, []);
  return (
    <div class="notices" role="status">
      {notices.map((notice) => (
        <p key={notice.id}>{notice.text}</p>
      ))}
    </div>
  );
}
