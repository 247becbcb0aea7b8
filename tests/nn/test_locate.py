"""Tests of the target localization unit (Eq. 9)."""

import numpy as np
import pytest
import torch

from mimnet.nn.locate import TargetLocalization


@pytest.mark.parametrize(("scale", "gain"), [(False, 1.0), (True, 1.0), (True, 1.5)])
def test_eq9_equals_numpy_cell_by_cell(scale: bool, gain: float) -> None:
    unit = TargetLocalization(width=4, scale=scale, gain=gain)
    g, painted = torch.randn(2, 4), torch.randn(2, 4, 3, 5)
    weights = unit(g, painted, torch.randn(2, 4, 3, 5))
    assert weights.shape == (2, 1, 3, 5)
    for b in range(2):
        for h in range(3):
            for w in range(5):
                product = float(np.dot(g[b].numpy(), painted[b, :, h, w].numpy())) / (2.0 if scale else 1.0) * gain
                assert weights[b, 0, h, w].item() == pytest.approx(1 / (1 + np.exp(-product)), abs=1e-6)


def test_the_map_sees_the_picture_only_when_asked_to() -> None:
    g, painted = torch.randn(1, 4), torch.randn(1, 4, 6, 6)
    one, other = torch.randn(1, 4, 6, 6), torch.randn(1, 4, 6, 6)
    blind = TargetLocalization(width=4)
    assert torch.equal(blind(g, painted, one), blind(g, painted, other))
    assert sum(p.numel() for p in blind.parameters()) == 0
    seeing = TargetLocalization(width=4, sees_image=True)
    assert not torch.allclose(seeing(g, painted, one), seeing(g, painted, other))
