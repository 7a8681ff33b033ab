# The program, for a container: `federated` with all its commands, for any architecture that .NET has.
#
#   docker build -t federated:0.1.0 .
#   docker run --rm federated:0.1.0 list
#
# Images and packages come from where you say: other images by --build-arg (SDK_IMAGE, RUNTIME_IMAGE), another package feed by a NuGet.Config of your own, which stays out of the
# image: docker build --secret id=nuget,src=$HOME/.nuget/NuGet/NuGet.Config .
ARG SDK_IMAGE=mcr.microsoft.com/dotnet/sdk:10.0-noble
# "Chiseled": the runtime, the libraries that it loads, certificates and time zones; no shell, no package manager, and a user without rights.
ARG RUNTIME_IMAGE=mcr.microsoft.com/dotnet/aspnet:10.0-noble-chiseled

# What is built is portable IL, the same bytes for every architecture, so the building machine's own architecture builds it.
FROM --platform=$BUILDPLATFORM ${SDK_IMAGE} AS build
ENV DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
WORKDIR /source

# Projects and lock files first: as long as these stay, the layer with the packages stays.
COPY global.json Directory.Build.props Directory.Packages.props BannedSymbols.txt .editorconfig ./
COPY src/Shared/Engine/Federated.Engine.csproj src/Shared/Engine/packages.lock.json src/Shared/Engine/
COPY src/Shared/Pruning/Federated.Pruning.csproj src/Shared/Pruning/packages.lock.json src/Shared/Pruning/
COPY src/Shared/Protocol/Federated.Protocol.csproj src/Shared/Protocol/packages.lock.json src/Shared/Protocol/
COPY src/Shared/Methods/Federated.Methods.csproj src/Shared/Methods/packages.lock.json src/Shared/Methods/
COPY src/ClientNode/Federated.ClientNode.csproj src/ClientNode/packages.lock.json src/ClientNode/
COPY src/Coordinator/Federated.Coordinator.csproj src/Coordinator/packages.lock.json src/Coordinator/
RUN --mount=type=secret,id=nuget,target=/root/.nuget/NuGet/NuGet.Config \
    dotnet restore src/Coordinator/Federated.Coordinator.csproj --locked-mode

COPY protos/ protos/
COPY src/ src/
# No analyzers: they have judged the sources where they were changed. No host program, which would be of one architecture; no documentation files, which nothing reads at run time.
RUN dotnet publish src/Coordinator/Federated.Coordinator.csproj --no-restore -c Release -o /out/app \
        -p:UseAppHost=false -p:PublishDocumentationFiles=false -p:PublishReferencesDocumentationFiles=false -p:RunAnalyzers=false \
    && mkdir -p /out/data/runs /out/data/sets

FROM ${RUNTIME_IMAGE}
ARG VERSION=0.1.0
ARG REVISION=unknown
ARG SOURCE=unknown
LABEL org.opencontainers.image.title="Federated" \
      org.opencontainers.image.description="Federated learning with sparse networks: coordinator, client nodes and command line" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}" \
      org.opencontainers.image.source="${SOURCE}" \
      org.opencontainers.image.licenses="Apache-2.0"

COPY --from=build /out/app /app
# All that is written goes to /data and /tmp; a volume that is made for /data belongs to the user below from the start.
COPY --from=build --chown=1654:1654 /out/data /data

# The base image asks for port 8080, which nothing here serves. Without diagnostics the runtime opens no socket in /tmp, so that the image runs on a read-only file system as it is.
ENV ASPNETCORE_HTTP_PORTS= \
    DOTNET_EnableDiagnostics=0 \
    FEDERATED_DATA=/data/sets
WORKDIR /data
# A number, because Kubernetes cannot tell from a name that it is not root's. It is the `app` user of the base image.
USER 1654:1654
# gRPC of the coordinator; gRPC health checks of coordinator and node, where `--health-listen` asks for them.
EXPOSE 7070 7071
ENTRYPOINT ["dotnet", "/app/Federated.Coordinator.dll"]
CMD ["--help"]
