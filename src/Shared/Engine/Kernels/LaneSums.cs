using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Federated.Engine.Kernels;

/// <summary>
/// The upper part of the reduction tree over sixteen lanes. One 512-bit part brings ((q0 + q1) + (q2 + q3)) and is added to the gradient at once; two
/// parts bring q0 + q1 and q2 + q3, four parts one quarter each, and wait in scratch memory (one float a weight of the row) for the rest.
/// </summary>
internal readonly unsafe ref struct LaneSums(int part, int width, float* left, float* right, float* gradients)
{
    // Which operation the part does: 0 adds to the gradient, 1 and 2 write the left and right half sum, 3 completes the left half,
    // 4 completes the tree from the left half alone, 5 from both.
    private readonly int role = width switch
    {
        16 => 0,
        8 => part == 0 ? 1 : 4,
        _ => part switch { 0 => 1, 4 => 3, 8 => 2, _ => 5 },
    };

    private readonly float* left = left;
    private readonly float* right = right;
    private readonly float* gradients = gradients;

    /// <summary>Takes the sums of the weights <paramref name="i"/>…<paramref name="i"/> + 3 over this part's lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddFour(int i, Vector128<float> sum)
    {
        switch (role)
        {
            case 0:
                (Vector128.Load(gradients + i) + sum).Store(gradients + i);
                break;
            case 1:
                sum.Store(left + i);
                break;
            case 2:
                sum.Store(right + i);
                break;
            case 3:
                (Vector128.Load(left + i) + sum).Store(left + i);
                break;
            case 4:
                (Vector128.Load(gradients + i) + (Vector128.Load(left + i) + sum)).Store(gradients + i);
                break;
            default:
                (Vector128.Load(gradients + i) + (Vector128.Load(left + i) + (Vector128.Load(right + i) + sum))).Store(gradients + i);
                break;
        }
    }

    /// <summary>Takes the sum of the weight <paramref name="i"/> over this part's lanes.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public void AddOne(int i, float sum)
    {
        switch (role)
        {
            case 0:
                gradients[i] += sum;
                break;
            case 1:
                left[i] = sum;
                break;
            case 2:
                right[i] = sum;
                break;
            case 3:
                left[i] += sum;
                break;
            case 4:
                gradients[i] += left[i] + sum;
                break;
            default:
                gradients[i] += left[i] + (right[i] + sum);
                break;
        }
    }
}
