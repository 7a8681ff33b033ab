using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace Federated.Methods.Data;

/// <summary>
/// Fetches a file over HTTP into <c>NAME.part</c>, going on where an earlier try (or run) stopped, checks its checksum and only then gives it its name.
/// </summary>
internal sealed class Downloader(HttpMessageInvoker http, TimeProvider time)
{
    private const int Tries = 4;
    private const long MaximumLength = 1L << 30;
    private static readonly TimeSpan AnswerLimit = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan SilenceLimit = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(1);

    private enum Outcome
    {
        Complete,
        StartAgain,
        GoOn,
    }

    /// <summary>Fetches one file; one that is there with the right checksum is left alone.</summary>
    /// <param name="file">What to fetch.</param>
    /// <param name="folder">Where to put it.</param>
    /// <param name="progress">Told the bytes so far and in all.</param>
    /// <param name="cancel">Stops; what was fetched so far is kept for the next time.</param>
    /// <exception cref="DataException">The server is out of reach, refuses, or sends something else.</exception>
    public async Task FetchAsync(RemoteFile file, string folder, Action<long, long?> progress, CancellationToken cancel)
    {
        string target = Path.Combine(folder, file.Name);
        string part = target + ".part";
        if (await HasChecksumAsync(target, file.Checksum, cancel))
            return;
        string problem = "";
        for (int attempt = 0; attempt < Tries; attempt++)
        {
            if (attempt > 0)
                await Task.Delay(FirstPause * (1 << (attempt - 1)), time, cancel);
            bool resumed = File.Exists(part);
            if (!resumed || !await HasChecksumAsync(part, file.Checksum, cancel))
            {
                (Outcome outcome, problem) = await TransferAsync(file, part, progress, cancel);
                if (outcome == Outcome.StartAgain)
                    File.Delete(part);
                if (outcome != Outcome.Complete)
                    continue;
                if (!await HasChecksumAsync(part, file.Checksum, cancel))
                {
                    File.Delete(part);
                    problem = $"what it sent does not have the checksum {file.Checksum}";
                    if (resumed)
                        continue; // the beginning may be from another file: once more, from the start
                    break;
                }
            }

            File.Move(part, target, overwrite: true);
            return;
        }

        throw new DataException($"{file.Address}: {problem}");
    }

    /// <summary>One request, appended to what is there.</summary>
    private async Task<(Outcome Outcome, string Problem)> TransferAsync(RemoteFile file, string part, Action<long, long?> progress, CancellationToken cancel)
    {
        long have = File.Exists(part) ? new FileInfo(part).Length : 0;
        using HttpRequestMessage request = new(HttpMethod.Get, file.Address);
        if (have > 0)
            request.Headers.Range = new RangeHeaderValue(have, null);
        using CancellationTokenSource clock = new(AnswerLimit, time);
        using CancellationTokenSource either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancel);
        HttpResponseMessage response;
        try
        {
            response = await http.SendAsync(request, either.Token);
        }
        catch (OperationCanceledException problem) when (!cancel.IsCancellationRequested)
        {
            throw new DataException($"{file.Address}: no answer within {AnswerLimit.TotalSeconds:0} s", problem);
        }
        catch (HttpRequestException problem)
        {
            throw new DataException($"{file.Address}: out of reach ({problem.Message})", problem);
        }

        using (response)
        {
            if ((int)response.StatusCode >= 500)
                return (Outcome.GoOn, Describe(response));
            if (response.StatusCode == HttpStatusCode.RequestedRangeNotSatisfiable)
                return (Outcome.StartAgain, Describe(response));
            if (response.StatusCode is not (HttpStatusCode.OK or HttpStatusCode.PartialContent))
                throw new DataException($"{file.Address}: {Describe(response)}");
            if (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From != have)
                return (Outcome.StartAgain, "it sent another part than was asked for");
            FileMode mode = response.StatusCode == HttpStatusCode.OK ? FileMode.Create : FileMode.Append;
            await using FileStream output = new(part, mode, FileAccess.Write, FileShare.None, 1 << 16, FileOptions.Asynchronous);
            long? total = output.Length + response.Content.Headers.ContentLength;
            if (total > MaximumLength)
                throw new DataException($"{file.Address}: it announces {total} bytes, more than any data set here has");
            try
            {
                await CopyAsync(response, output, total, progress, clock, either.Token);
            }
            catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
            {
                return (Outcome.GoOn, $"it fell silent for {SilenceLimit.TotalSeconds:0} s after {output.Length} bytes");
            }
            catch (HttpIOException problem)
            {
                return (Outcome.GoOn, $"the connection was cut after {output.Length} bytes ({problem.Message})");
            }

            if (output.Length > MaximumLength)
                throw new DataException($"{file.Address}: it sends more than {MaximumLength} bytes");
            return total is null || total == output.Length ? (Outcome.Complete, "") : (Outcome.GoOn, $"it sent {output.Length} bytes of {total}");
        }
    }

    private static async Task CopyAsync(
        HttpResponseMessage response, FileStream output, long? total, Action<long, long?> progress, CancellationTokenSource clock, CancellationToken cancel)
    {
        await using Stream input = await response.Content.ReadAsStreamAsync(cancel);
        byte[] buffer = new byte[1 << 18];
        while (output.Position <= MaximumLength)
        {
            clock.CancelAfter(SilenceLimit);
            int read = await ReadAsync(input, buffer, cancel);
            if (read == 0)
                break;
            await output.WriteAsync(buffer.AsMemory(0, read), CancellationToken.None);
            progress(output.Position, total);
        }

        await output.FlushAsync(CancellationToken.None);
    }

    /// <summary>Reads; a reset of the connection counts as a cut, so that failures of the disk stay apart from failures of the network.</summary>
    private static async ValueTask<int> ReadAsync(Stream input, byte[] buffer, CancellationToken cancel)
    {
        try
        {
            return await input.ReadAsync(buffer, cancel);
        }
        catch (IOException problem) when (problem is not HttpIOException)
        {
            throw new HttpIOException(HttpRequestError.ResponseEnded, problem.Message, problem);
        }
    }

    private static string Describe(HttpResponseMessage response) => $"it answers {(int)response.StatusCode} {response.ReasonPhrase}";

    private static async Task<bool> HasChecksumAsync(string path, string checksum, CancellationToken cancel)
    {
        if (!File.Exists(path))
            return false;
        await using FileStream stream = new(path, FileMode.Open, FileAccess.Read, FileShare.Read, 1 << 16, FileOptions.Asynchronous | FileOptions.SequentialScan);
        string actual = checksum.StartsWith("sha256:", StringComparison.Ordinal)
            ? "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel))
            : "md5:" + Convert.ToHexStringLower(await MD5.HashDataAsync(stream, cancel));
        return string.Equals(actual, checksum, StringComparison.Ordinal);
    }
}
