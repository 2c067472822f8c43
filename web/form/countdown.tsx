import { useEffect, useState } from "preact/hooks";

/** Seconds that are left, counted down to be seen; not read aloud each second. Count anew by another `key`. */
export function Countdown({ seconds }: { readonly seconds: number }) {
  const [left, setLeft] = useState(seconds);
  useEffect(() => {
    const end = performance.now() + seconds * 1000;
    setLeft(seconds);
    const timer = setInterval(() => setLeft(Math.max(0, Math.ceil((end - performance.now()) / 1000))), 250);
    return () => clearInterval(timer);
  }, [seconds]);
  return <span role="timer" aria-live="off">{left} s</span>;
}
