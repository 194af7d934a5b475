import type { GroupOfChecks } from '../model.ts';

const oldest = [20, 12] as const;

export const runtime: GroupOfChecks = {
  name: 'Runtime',
  look: async (engine) => {
    const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
    const isEnough = major > oldest[0] || (major === oldest[0] && minor >= oldest[1]);
    const { platform, arch } = engine.process;
    return [
      {
        name: 'Node.js',
        status: isEnough ? 'ok' : 'fail',
        message: `${process.versions.node}, ${platform} ${arch}`,
        hint: isEnough ? undefined : `Install Node.js ${oldest.join('.')} or later.`,
      },
    ];
  },
};
