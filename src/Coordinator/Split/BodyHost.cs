using Federated.ClientNode.Splitting;
using Federated.Coordinator.Security;
using Federated.Protocol.Rpc;
using Federated.Protocol.V1;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;

namespace Federated.Coordinator.Split;

/// <summary>A node's server for the bodies that it runs for other nodes. Serves <c>Split</c> and nothing else.</summary>
internal sealed class BodyHost : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly SplitService service;
    private readonly CancellationTokenSource stopping;

    private BodyHost(WebApplication application, SplitService service, CancellationTokenSource stopping, Uri address)
    {
        this.application = application;
        this.service = service;
        this.stopping = stopping;
        Address = address;
    }

    /// <summary>Where it listens, with the port that it got.</summary>
    public Uri Address { get; }

    /// <summary>Begins to listen.</summary>
    /// <param name="listen">An address of this machine; port 0 takes a free one.</param>
    /// <param name="tls">How it speaks TLS; null: not at all.</param>
    /// <param name="bodies">What it runs.</param>
    /// <param name="options">How it shares out what it has.</param>
    /// <param name="cancel">Gives up.</param>
    /// <exception cref="IOException">The address is taken, or not of this machine.</exception>
    public static async Task<BodyHost> StartAsync(Uri listen, ServerTls? tls, NodeBodies bodies, SplitHostOptions options, CancellationToken cancel)
    {
        var service = new SplitService(bodies, options);
        var stopping = new CancellationTokenSource();
        bodies.Forgotten = body => service.Forget(body, "the run, or its phase, is over");
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.ListenRpc(listen, endpoint => tls?.Apply(endpoint)));
        builder.Services.AddRoutingCore().AddRpcBuffers();
        WebApplication application = builder.Build();
        try
        {
            application.UseRouting();
            application.MapRpcService(SplitReflection.Descriptor.Services[0], service, SplitService.ServedWith(new RpcServiceOptions { Stopping = stopping.Token, Time = options.Time }));
            await application.StartAsync(cancel);
            return new BodyHost(application, service, stopping, application.BoundAddress(listen));
        }
        catch
        {
            await application.DisposeAsync();
            service.Dispose();
            stopping.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        await application.StopAsync(new CancellationToken(canceled: true));
        await application.DisposeAsync();
        service.Dispose();
        stopping.Dispose();
    }
}
