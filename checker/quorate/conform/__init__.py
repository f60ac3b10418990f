"""Does a real program do what its model allows? Its log followed by the model, or both driven side by side."""
