namespace Federated.Methods.Data;

/// <summary>
/// Lets one process at a time fetch a set: an open file that nobody else can open. The system releases it when the process ends, however it ends.
/// </summary>
internal static class FetchLock
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(250);

    /// <summary>Waits until the lock is free and takes it; dispose the result to release it.</summary>
    /// <param name="path">The lock's file; it stays, for removing it would let two processes hold different files of one name.</param>
    /// <param name="time">Paces the tries.</param>
    /// <param name="waiting">Called before each wait.</param>
    /// <param name="cancel">Stops the waiting.</param>
    public static async Task<FileStream> TakeAsync(string path, TimeProvider time, Action waiting, CancellationToken cancel)
    {
        while (true)
        {
            try
            {
                return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
            }
            catch (IOException problem) when (IsHeld(problem))
            {
                waiting();
                await Task.Delay(Pause, time, cancel);
            }
        }
    }

    // EWOULDBLOCK of flock on Linux and on macOS and BSD, ERROR_SHARING_VIOLATION on Windows.
    private static bool IsHeld(IOException problem) => problem.HResult is 11 or 35 or unchecked((int)0x80070020);
}
