"""ImageNet classification with a residual network whose widths vary by stage."""
