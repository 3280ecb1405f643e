import { execFileSync, spawnSync } from "node:child_process";

/**
 * PostgreSQL refuses to run as root. For root we choose, in this order: nothing to do (not root) · the user `postgres`,
 * where that user may enter both the binaries and the data folder · a user namespace in which root appears as that user
 * (folders such as those below /root stay closed to others and need no change).
 */
export interface RunAs {
  /** What the command line of a server program starts with; empty = run it directly. */
  prefix: string[];
  /** For `spawn`: numeric ids to switch to. */
  uid?: number;
  gid?: number;
  /** Who must own the data folder; undefined = whoever made it. */
  owner?: { uid: number; gid: number };
}

const USER = "postgres";

function idOf(flag: "-u" | "-g"): number | undefined {
  const answer = spawnSync("id", [flag, USER], { encoding: "utf8" });
  return answer.status === 0 ? Number(answer.stdout.trim()) : undefined;
}

function ensureUser(): { uid: number; gid: number } {
  if (idOf("-u") === undefined) execFileSync("useradd", ["--system", "--user-group", USER]);
  const uid = idOf("-u");
  const gid = idOf("-g");
  if (uid === undefined || gid === undefined) throw new Error(`the system user ${USER} could not be made`);
  return { uid, gid };
}

const mayEnter = (path: string, flag: "-x" | "-w", user: { uid: number; gid: number }) =>
  spawnSync("test", [flag, path], user).status === 0;

/**
 * Decides as whom the server runs. `program` is the path of the server's binary, `folder` its data folder (exists).
 * Throws with what to do when root has no way.
 */
export function chooseRunAs(program: string, folder: string): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const user = ensureUser();
  if (mayEnter(program, "-x", user) && mayEnter(`${folder}/..`, "-x", user))
    return { prefix: [], ...user, owner: user };
  const prefix = ["unshare", "--user", `--map-user=${user.uid}`, `--map-group=${user.gid}`];
  if (spawnSync(prefix[0]!, [...prefix.slice(1), "true"]).status === 0) {
    return { prefix, owner: { uid: 0, gid: 0 } };
  }
  throw new Error(
    `PostgreSQL does not run as root, and the user ${USER} may not enter ${folder} or ${program}. ` +
      "Start as another user, move the folder to where others may enter it, or set DATABASE_URL.",
  );
}
