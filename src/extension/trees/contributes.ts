import type { Contributions } from '../contributions.ts';
import { viewContainer, views } from '../ids.ts';

export const contributes: Contributions = {
  viewsContainers: { activitybar: [{ id: viewContainer, title: 'Agentworks', icon: 'media/container.svg' }] },
  views: {
    [viewContainer]: [
      { id: views.vms, name: 'VMs', icon: 'media/container.svg' },
      { id: views.workspaces, name: 'Workspaces', icon: 'media/container.svg' },
      { id: views.agents, name: 'Agents', icon: 'media/container.svg' },
      { id: views.sessions, name: 'Sessions', icon: 'media/container.svg' },
    ],
  },
};
