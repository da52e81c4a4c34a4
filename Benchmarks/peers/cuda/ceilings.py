"""What the machine can do: bytes that a copy on the device reads and writes in a second, and operations of a product of
square matrices."""

import torch

from runner import GraphicsClock, ProcessorClock

ROUNDS = 15


def measure(lines, device):
    """A line for each."""
    large = device == "cuda"
    clock = GraphicsClock() if large else ProcessorClock()
    count, side = (1 << 30, 8192) if large else (1 << 20, 128)
    source = torch.randint(0, 255, (count,), dtype=torch.uint8, device=device)
    target = torch.empty_like(source)
    add(lines, clock, "copy of torch", 2 * count, lambda: target.copy_(source))
    a, b = (torch.randn(side, side, device=device, dtype=torch.bfloat16) for _ in range(2))
    product = torch.empty_like(a)
    add(lines, clock, "matmul", 2 * side**3, lambda: torch.matmul(a, b, out=product))


def add(lines, clock, name, work, body):
    """Rounds of four calls, after some that do not count."""
    for _ in range(4):
        body()

    def four():
        for _ in range(4):
            body()

    speeds = [4 * work / clock.seconds(four) for _ in range(ROUNDS)]
    lines.add("ceiling", {"name": name, "perSecond": speeds})
