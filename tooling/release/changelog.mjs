// How a changeset stands in a changelog: its sentences alone. All packages share one version, so that dependencies that were updated say nothing.
export default {
  getReleaseLine: async ({ summary }) => `- ${summary.trim()}`,
  getDependencyReleaseLine: async () => '',
};
