//! Every order in which things can be dropped.

/// Calls `visit` with every order of what stands at `fixed` and behind.
pub fn permute(order: &mut [usize], fixed: usize, visit: &mut dyn FnMut(&[usize])) {
    if fixed == order.len() {
        return visit(order);
    }
    for index in fixed..order.len() {
        order.swap(fixed, index);
        permute(order, fixed + 1, visit);
        order.swap(fixed, index);
    }
}
