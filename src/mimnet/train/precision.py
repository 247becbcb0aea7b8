"""Half precision, where the hardware computes in it; elsewhere it would be emulated, thirty times slower."""

import torch


def fast_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is computed by the device itself: a CPU with AVX-512 BF16 or AMX, a CUDA device that has it."""
    if device.type == "cuda":
        return bool(torch.cuda.is_bf16_supported(including_emulation=False))
    known = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")  # torch has no public name for them
    return device.type == "cpu" and any(getattr(torch.cpu, name, bool)() for name in known)


def autocast(device: torch.device, *, bf16: bool) -> torch.autocast:
    """Autocast to bfloat16 if it is wanted (`train.bf16`) and fast here; otherwise float32 as ever."""
    return torch.autocast(device.type, torch.bfloat16, enabled=bf16 and fast_bf16(device))


def precision(device: torch.device, *, bf16: bool) -> str:
    """What `autocast` computes in, by name."""
    return "bfloat16" if bf16 and fast_bf16(device) else "float32"
