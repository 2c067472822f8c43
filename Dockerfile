# Two stages: what runs is put together in the first, and nothing else is in the second.
# The Debian variant: ONNX Runtime needs glibc.
FROM denoland/deno:debian-2.9.6 AS build
COPY . /src
RUN ["sh", "/src/scripts/container/build.sh", "/src", "/app"]

FROM denoland/deno:debian-2.9.6
COPY --from=build /app /app
WORKDIR /app
# The compiled modules are part of the image; sockets and what is being downloaded go to /tmp.
ENV DENO_DIR=/app/.deno \
    DENO_NO_UPDATE_CHECK=1 \
    HOME=/tmp \
    TMPDIR=/tmp \
    HF_HOME=/models \
    MIDSTREAM_HOST=0.0.0.0 \
    MIDSTREAM_PORT=8000 \
    MIDSTREAM_DATA=/data \
    MIDSTREAM_LOG_FORMAT=json
VOLUME ["/models", "/data"]
EXPOSE 8000
# A number, so that Kubernetes can see that it is not root.
USER 10001:10001
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=30s --retries=3 \
  CMD ["deno", "run", "--no-prompt", "--cached-only", "--allow-net=127.0.0.1", "--allow-env=MIDSTREAM_PORT,MIDSTREAM_BASE_PATH", "scripts/container/health.ts"]
# MIDSTREAM_KEYS=<file>, or MIDSTREAM_OPEN=1 where everybody is meant: without either it does not start.
ENTRYPOINT ["deno", "run", "--no-prompt", "--cached-only", "--allow-net", "--allow-read", "--allow-write", "--allow-env", "--allow-run", "main.ts"]
