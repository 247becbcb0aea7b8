# The service in a container, with the engine onnx: no torch, no root. docs/serve.md explains every step.
FROM python:3.11-slim AS build
WORKDIR /build
COPY . .
RUN python -m venv /opt/mimnet
RUN /opt/mimnet/bin/pip install --no-cache-dir -c constraints.txt ".[onnx,serve]"

FROM python:3.11-slim
COPY --from=build /opt/mimnet /opt/mimnet
ENV PATH=/opt/mimnet/bin:$PATH PYTHONUNBUFFERED=1
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["mimnet", "serve", "--engine", "onnx", "--host", "0.0.0.0", "--port", "8000"]
