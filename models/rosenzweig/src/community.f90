!> The predator-prey community of Rosenzweig and MacArthur (1963), with Holling's (1959) type II functional response,
!> and a step of the classic fourth-order Runge-Kutta method through time.
module community
  use, intrinsic :: iso_fortran_env, only: real64
  implicit none
  private
  public :: traits, rates, step

  !> What the species are like; densities in g C m-2, times in days.
  type :: traits
    real(real64) :: r      !< growth rate of prey, d-1
    real(real64) :: k      !< carrying capacity of prey, g C m-2
    real(real64) :: a      !< attack rate, m2 (g C)-1 d-1
    real(real64) :: h      !< handling time, d
    real(real64) :: e      !< conversion of prey into predator
    real(real64) :: m      !< mortality of the predator, d-1
  end type traits

contains

  !> How fast prey and predator change (g C m-2 d-1).
  pure function rates(species, density) result(change)
    type(traits), intent(in) :: species
    real(real64), intent(in) :: density(2)
    real(real64) :: change(2)
    real(real64) :: eaten

    eaten = species%a * density(1) / (1 + species%a * species%h * density(1)) * density(2)
    change(1) = species%r * density(1) * (1 - density(1) / species%k) - eaten
    change(2) = species%e * eaten - species%m * density(2)
  end function rates

  !> The densities after a step of so many days.
  pure function step(species, density, days) result(next)
    type(traits), intent(in) :: species
    real(real64), intent(in) :: density(2), days
    real(real64) :: next(2)
    real(real64) :: k1(2), k2(2), k3(2), k4(2)

    k1 = rates(species, density)
    k2 = rates(species, density + days / 2 * k1)
    k3 = rates(species, density + days / 2 * k2)
    k4 = rates(species, density + days * k3)
    next = density + days / 6 * (k1 + 2 * k2 + 2 * k3 + k4)
  end function step

end module community
