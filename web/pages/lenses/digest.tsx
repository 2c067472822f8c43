import { useState } from "preact/hooks";

/** A sha256, shortened; all of it is copied. */
export function Digest({ sha256 }: { readonly sha256: string }) {
  const [copied, setCopied] = useState(false);
  return (
    <>
      <code title={sha256}>{sha256.slice(0, 12)}…</code>
      {globalThis.isSecureContext && (
        <button
          type="button"
          class="small"
          aria-label="Copy the digest"
          onClick={() => void navigator.clipboard.writeText(sha256).then(() => setCopied(true), () => setCopied(false))}
        >
          Copy
        </button>
      )}
      <span role="status" class="hint">{copied ? "copied" : ""}</span>
    </>
  );
}
