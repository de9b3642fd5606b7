# The command line with what workers need beside it: docker build --file worker.Dockerfile --tag registry.local/llm-mde-worker .
FROM ghcr.io/llm-mde/llm-mde-trainer:latest
USER root
RUN npm install --prefix /opt --omit=dev bullmq@6 ioredis@6 prom-client@15
USER 1000:1000
ENTRYPOINT ["node", "/opt/trainer/dist/cli.js"]
CMD ["worker"]
