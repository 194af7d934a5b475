import { sh } from '../../remote/quote.ts';
import type { Step } from '../../remote/recipe.ts';

const rulesPath = '/etc/agentworks/guest-firewall.nft';
const unitPath = '/etc/systemd/system/agentworks-guest-firewall.service';
const unit = 'agentworks-guest-firewall.service';

/**
 * In a machine with user networking these addresses are the operator's own computer: its loopback services, QEMU's
 * file and name servers. Accounts of people and agents, and the ids below their user namespaces, get DNS and nothing
 * else of it. A table of our own leaves whatever else nftables holds alone.
 */
const rules = `#!/usr/sbin/nft -f
table inet agentworks_guest
delete table inet agentworks_guest
table inet agentworks_guest {
  chain output {
    type filter hook output priority filter; policy accept;
    ct state established,related accept
    meta skuid >= 1000 jump operator_network
  }
  chain operator_network {
    ip daddr 10.0.2.3 udp dport 53 accept
    ip daddr 10.0.2.3 tcp dport 53 accept
    ip6 daddr fec0::3 udp dport 53 accept
    ip6 daddr fec0::3 tcp dport 53 accept
    ip daddr { 10.0.2.0/24, 255.255.255.255 } drop
    ip6 daddr { fec0::/64, fe80::2 } drop
  }
}
`;

const unitText = `[Unit]
Description=Keep agents away from the network of the operator's computer
DefaultDependencies=no
After=local-fs.target nftables.service
Before=network-pre.target systemd-networkd.service ssh.service shutdown.target
Wants=network-pre.target
Conflicts=shutdown.target

[Service]
Type=oneshot
RemainAfterExit=yes
ExecStart=/usr/sbin/nft -f ${rulesPath}
ExecReload=/usr/sbin/nft -f ${rulesPath}

[Install]
WantedBy=multi-user.target
`;

/** Steps of VM initialization on platform `qemu`; they need the package nftables or install it. */
export function guestFirewallSteps(): Step[] {
  return [
    {
      id: 'guest-firewall-tools',
      title: 'Install the firewall tools',
      as: 'root',
      check: { script: sh`test -x /usr/sbin/nft` },
      apply: sh`export DEBIAN_FRONTEND=noninteractive
apt-get -q -o DPkg::Lock::Timeout=120 update || true
apt-get -q -y -o DPkg::Lock::Timeout=120 install --no-install-recommends nftables`,
      timeoutSeconds: 600,
    },
    {
      id: 'guest-firewall-files',
      title: "Write the firewall that shields the operator's computer",
      as: 'root',
      check: 'files',
      files: [
        { path: rulesPath, content: rules, mode: 0o644 },
        { path: unitPath, content: unitText, mode: 0o644 },
      ],
      needs: ['guest-firewall-tools'],
      apply: sh`systemctl daemon-reload
systemctl enable -q ${unit}
systemctl restart ${unit}`,
    },
    {
      id: 'guest-firewall-active',
      title: "Shield the operator's computer from agents",
      as: 'root',
      // The loaded rules are asked, not the unit: another tool's flush would leave the unit "active".
      check: {
        script: sh`systemctl is-enabled -q ${unit} && rules=$(nft list table inet agentworks_guest) &&
grep -q 'jump operator_network' <<<"$rules" && grep -q '255\.255\.255\.255' <<<"$rules"`,
      },
      needs: ['guest-firewall-files'],
      apply: sh`systemctl daemon-reload
systemctl enable -q ${unit}
systemctl restart ${unit}`,
    },
  ];
}
