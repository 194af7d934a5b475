import type { Operator } from './operator.ts';

/** What an agent left in the workspace `site`: a change, a new file, one of a name that is made to mislead, no text. */
const script = String.raw`cd /opt/agentworks/workspaces/site && git init -q -b main . && git config user.name ada && git config user.email ada@agents.invalid
echo one >changed; head -c 2000 /dev/urandom >picture; git add .; git commit -qm first; git update-ref refs/remotes/origin/main HEAD
echo two >changed; echo fresh >added; echo evil >$'a\xe2\x80\xaeb$(x)\n[c](command:d)'; head -c 3000 /dev/urandom >picture; git add changed; git commit -qm 'Change a file'`;

export async function leaveChanges({ host }: Operator): Promise<void> {
  const encoded = Buffer.from(script).toString('base64');
  await host.root(
    `echo ${encoded} | base64 -d >/tmp/leave && chmod 644 /tmp/leave && runuser -u agt--ada -- bash -l /tmp/leave`,
  );
}
