/** A folder made read-only by the kernel, and another user: what a container of the image has. */
export interface Isolation {
  /** Read-only, mounted over itself. */
  readonly readOnly: string;
  readonly user: string;
  readonly group: string;
}

/** How far this machine lets a container be imitated. */
export type Means = "mount and user" | "user" | "neither";

export function means(): Means {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "neither";
  const tried = (command: string, ...args: string[]) => {
    try {
      return new Deno.Command(command, { args, stdout: "null", stderr: "null" }).outputSync().success;
    } catch {
      return false;
    }
  };
  const user = ["setpriv", "--reuid=10001", "--regid=10001", "--clear-groups", "true"] as const;
  if (!tried(user[0], ...user.slice(1))) return "neither";
  const mounts = tried("unshare", "-m", "sh", "-c", "mount --bind /usr /usr && mount -o remount,ro,bind /usr");
  return mounts ? "mount and user" : "user";
}

/** The command line that runs `command` in isolation, as far as `means` go. */
export function isolated(command: readonly string[], { readOnly, user, group }: Isolation, means: Means): string[] {
  if (means === "neither") return [...command];
  const asUser = ["setpriv", `--reuid=${user}`, `--regid=${group}`, "--clear-groups", ...command];
  if (means === "user") return asUser;
  const mount = 'mount --bind "$0" "$0" && mount -o remount,ro,bind "$0" && cd "$0" && exec "$@"';
  return ["unshare", "-m", "sh", "-c", mount, readOnly, ...asUser];
}
