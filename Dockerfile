# The command line and the demo as images, each with what it needs to run and no more: see docs/docker.md.
#
#     docker build --target trainer --tag llm-mde-trainer .
#     docker build --target demo --tag llm-mde-demo .
FROM node:22.23.3-bookworm-slim AS build
WORKDIR /repository
RUN npm install --global pnpm@10.34.9
ENV CI=true TURBO_TELEMETRY_DISABLED=1
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
RUN pnpm fetch
COPY . .
# The scripts of tfjs-node would fetch TensorFlow, which is no part of the images.
RUN pnpm install --offline --frozen-lockfile --ignore-scripts \
  && pnpm exec turbo run build --filter=@llm-mde/trainer... --filter=@llm-mde/demo... \
  && pnpm --filter @llm-mde/trainer deploy --prod --legacy --ignore-scripts /images/trainer \
  && pnpm --filter @llm-mde/demo deploy --prod --legacy --ignore-scripts /images/demo
# What packages bring for other systems, and TensorFlow's bindings without TensorFlow.
RUN rm -rf /images/*/node_modules/.pnpm/@tensorflow+tfjs-node* \
    /images/*/node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin/napi-v*/darwin \
    /images/*/node_modules/.pnpm/onnxruntime-node@*/node_modules/onnxruntime-node/bin/napi-v*/win32 \
    /images/*/node_modules/.pnpm/webgpu@*/node_modules/webgpu/dist/darwin-* \
    /images/*/node_modules/.pnpm/webgpu@*/node_modules/webgpu/dist/win32-*

FROM node:22.23.3-bookworm-slim AS base
ENV NODE_ENV=production HF_HOME=/cache
# What the command line reads and writes, and what is kept of the Hugging Face hub: for whatever user the container runs as.
RUN mkdir /work /cache && chmod 1777 /work /cache
WORKDIR /work
# The user node of the base image.
USER 1000:1000
HEALTHCHECK NONE

FROM base AS trainer
COPY --from=build /images/trainer /opt/trainer
ENTRYPOINT ["node", "/opt/trainer/dist/cli.js"]
CMD ["--help"]

FROM base AS demo
COPY --from=build /images/demo /opt/demo
COPY --from=build /repository/packages/models/pretrained /models
EXPOSE 8642
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:8642/health').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "/opt/demo/dist/cli.js", "--host", "0.0.0.0"]
CMD ["--models", "/models/tiny"]
